"""The settings page: what an administrator chooses for the whole installation, in words that need no manual."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from detection import messages, selectors
from detection.forms import FinderForm
from detection.models import FaceFinder
from detection.services.finders import choose_finder, is_usable
from detection.views.access import PageRequest, requires


@dataclass(frozen=True)
class Option:
    """A finder to choose. `problem` says why it cannot be chosen now; then it is shown, and not offered."""

    value: str
    name: str
    good: str
    bad: str
    problem: str
    is_chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@requires("change_scansettings")
def scan_settings(request: PageRequest) -> HttpResponse:
    form = FinderForm(request.POST) if request.method == "POST" else FinderForm()
    if not form.is_bound or not form.is_valid():
        return settings_page(request, form)
    choose_finder(form.cleaned_data["face_finder"], request.user)
    said = _("Saved. From the next photo on, faces are found by: %(name)s.")
    notes.success(request, said % {"name": name_of(selectors.chosen_finder())})
    return redirect("detection:settings")


def settings_page(request: PageRequest, form: FinderForm) -> HttpResponse:
    kept = selectors.scan_settings()
    chosen = form.data.get("face_finder", kept.face_finder) if form.is_bound else kept.face_finder
    environment = settings.FACE_FINDER
    context = {
        "form": form,
        "kept": kept,
        "options": list(options(chosen)),
        "environment_is_chosen": not chosen,
        "environment_name": name_of(environment),
        "environment_problem": "" if is_usable(environment) else messages.finder_refusal(environment),
        "in_use": kept.face_finder or environment,
    }
    return render(request, "detection/settings.html", context, status=400 if form.is_bound else 200)


def options(chosen: str) -> Iterator[Option]:
    for finder in FaceFinder:
        good, bad = good_and_bad(finder)
        problem = "" if is_usable(finder) else messages.finder_refusal(finder)
        yield Option(finder.value, str(finder.label), good, bad, problem, is_chosen=chosen == finder)


def good_and_bad(finder: FaceFinder) -> tuple[str, str]:
    """What a finder is good and bad at, as a teacher would ask."""
    return {
        FaceFinder.SSD: (
            _("Finds covered, small and turned faces too, and has a say in whether a mask is worn."),
            _("Computes most, above all on large photos with small faces."),
        ),
        FaceFinder.HAAR: (
            _("The classic search, light on any computer."),
            _("Misses many faces: small, turned and covered ones. More photos end as “no face found”."),
        ),
        FaceFinder.YUNET: (
            _("A small neural network by others: quick, and misses few of the larger faces."),
            _("Has to be fetched, and has no say in whether a mask is worn."),
        ),
    }[finder]


def name_of(finder: str) -> str:
    return str(FaceFinder(finder).label) if finder in FaceFinder.values else finder

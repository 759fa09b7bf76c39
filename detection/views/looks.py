"""Photos without a face are for people to look at: the list of those nobody has seen yet, and what people answer."""

from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from detection.forms import LookForm
from detection.models import Photo, PhotoLook
from detection.selectors import next_to_look_at, visible_photos
from detection.services.looks import NothingToAnswerError, answer_look
from detection.views.access import PageRequest, requires
from detection.views.paging import page_of

PER_PAGE = 24


@require_safe
@requires("view_photo")
def looks(request: PageRequest) -> HttpResponse:
    """The list, the photo that has waited longest first."""
    waiting = visible_photos(request.user).to_look_at()
    context = {"count": waiting.count(), "page": page_of(waiting, request.GET, PER_PAGE)}
    return render(request, "detection/looks.html", context)


@require_safe
@requires("view_photo")
def next_look(request: PageRequest, pk: UUID) -> HttpResponse:
    """Passes over a photo without an answer."""
    return to_next(request, get_object_or_404(visible_photos(request.user), pk=pk))


@require_POST
@requires("change_photo")
def look(request: PageRequest, pk: UUID) -> HttpResponse:
    photo = get_object_or_404(visible_photos(request.user), pk=pk)
    form = LookForm(request.POST)
    if not form.is_valid():
        notes.error(request, _("This is none of the answers. Press one of the buttons."))
        return redirect(photo)
    answer = form.cleaned_data["answer"]
    try:
        answer_look(photo, answer, request.user)
    except NothingToAnswerError:
        notes.error(request, _("Faces were found on this photo meanwhile, or it is being scanned again."))
        return redirect(photo)
    if answer == PhotoLook.Answer.UNDONE:
        return redirect(photo)
    say_what_was_noted(request, photo, PhotoLook.Answer(answer))
    return to_next(request, photo)


def say_what_was_noted(request: HttpRequest, photo: Photo, answer: PhotoLook.Answer) -> None:
    """With the way back, for a slip of the finger: the next photo is already open."""
    said = _("Noted on %(photo)s: %(answer)s.") % {"photo": photo, "answer": answer.label}
    notes.success(
        request, format_html('{} <a href="{}">{}</a>', said, photo.get_absolute_url(), _("Go back to this photo"))
    )


def to_next(request: PageRequest, photo: Photo) -> HttpResponse:
    """The photo to look at after this one, at its question; the list, which says so, when there is none left."""
    following = next_to_look_at(request.user, photo)
    if following is None:
        return redirect("detection:looks")
    return redirect(reverse("detection:photo", args=[following.pk]) + "#look")

"""Photos come in here, one request per file from the page's script or all at once from a plain form."""

from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from detection import messages
from detection.forms import UploadForm, empty_upload_form
from detection.models import Entrance, Photo
from detection.selectors import visible_photos
from detection.services.intake import TakenIn, take_in
from detection.tasks import wake_scan_worker
from detection.views.access import PageRequest, requires, wants_json
from detection.views.states import photo_state
from detection.views.system import holdup_code
from detection.vision.errors import PhotoError

MOST_ASKED = 500
HTTP_STATUS = {"too_large": 413, "too_many_pixels": 413, "unsupported_format": 415}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a photo, or the code of the reason why not."""

    name: str
    taken: TakenIn | None = None
    code: str = ""

    @property
    def reason(self) -> str:
        return messages.refusal(self.code) if self.code else ""

    @property
    def sentence(self) -> str:
        return messages.result_sentence(self.taken.photo) if self.taken else self.reason


@require_http_methods(["GET", "HEAD", "POST"])
@requires("add_photo")
def upload(request: PageRequest) -> HttpResponse:
    if request.method != "POST":
        return upload_page(request, empty_upload_form())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return refuse_form(request, form)
    outcomes = [take_file(request, file, form.cleaned_data["entrance"]) for file in form.files_sent]
    woken = wake(outcomes)
    if wants_json(request):
        return json_answer(outcomes[0], woken=woken)
    holdup = "" if woken else messages.holdup(messages.WAITING_FOR_BROKER)
    return upload_page(request, empty_upload_form(), outcomes=outcomes, holdup=holdup)


def upload_page(request: PageRequest, form: UploadForm | None, status: int = 200, **more: object) -> HttpResponse:
    context = {
        "form": form,
        "limits": messages.limit_numbers(),
        "max_bytes": settings.PHOTO_MAX_BYTES,
        "at_once": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "refusals": {code: messages.refusal(code) for code in ("empty", "too_large", "unsupported_format")},
        "kinds": [*Photo.Status.choices[:2], *Photo.Verdict.choices, Photo.Status.choices[3]],
        **more,
    }
    return render(request, "detection/upload.html", context, status=status)


def take_file(request: PageRequest, file: "UploadedFile[Any]", entrance: Entrance) -> Outcome:
    name = file.name or ""
    try:
        taken = take_in(
            cast(BinaryIO, file),
            source=Photo.Source.PAGE,
            name=name,
            entrance=entrance,
            uploaded_by=request.user,
        )
    except PhotoError as error:
        return Outcome(name, code=error.code)
    return Outcome(name, taken)


def wake(outcomes: list[Outcome]) -> bool:
    """Wakes the scan worker for what is new and committed; false when photos have to wait for the broker."""
    new = [outcome.taken.photo.pk for outcome in outcomes if outcome.taken and outcome.taken.is_new]
    return wake_scan_worker(new)


def json_answer(outcome: Outcome, *, woken: bool) -> JsonResponse:
    if outcome.taken is None:
        status = HTTP_STATUS.get(outcome.code, 400)
        return JsonResponse({"code": outcome.code, "detail": outcome.reason}, status=status)
    holdup = "" if woken else messages.holdup(messages.WAITING_FOR_BROKER)
    answer = {"photo": photo_state(outcome.taken.photo), "is_new": outcome.taken.is_new, "holdup": holdup}
    return JsonResponse(answer, status=202 if outcome.taken.is_new else 200)


def refuse_form(request: PageRequest, form: UploadForm) -> HttpResponse:
    if wants_json(request):
        detail = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return JsonResponse({"code": "invalid", "detail": detail}, status=400)
    return upload_page(request, form, status=400)


@require_POST
@requires("add_photo")
def upload_status(request: PageRequest) -> JsonResponse:
    """The state of all photos the page still waits for, in one answer; those a person may not see are left out."""
    ids = asked_ids(request.POST.get("ids", ""))
    if ids is None:
        return JsonResponse({"code": "invalid", "detail": _("These are no photo ids. Reload the page.")}, status=400)
    photos = visible_photos(request.user).filter(pk__in=ids).order_by()
    states = [photo_state(photo) for photo in photos]
    waits = any(state["open"] for state in states)
    return JsonResponse({"photos": states, "holdup": messages.holdup(holdup_code()) if waits else ""})


def asked_ids(text: str) -> list[UUID] | None:
    try:
        return [UUID(part) for part in text.split(",")[:MOST_ASKED] if part]
    except ValueError:
        return None

"""One photo: the picture with its faces marked, what was judged, and what can be done with it."""

from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from detection import messages
from detection.models import Photo
from detection.selectors import current_faces, visible_photos
from detection.services.photos import delete_photos
from detection.services.photos import scan_again as let_scan_again
from detection.tasks import wake_scan_worker
from detection.views.access import PageRequest, requires
from detection.views.drawing import boxes_on
from detection.views.live import Live, live_answer, live_part
from detection.views.system import holdup_code

OPEN_SECONDS = 2


@require_safe
@requires("view_photo")
def photo(request: PageRequest, pk: UUID) -> HttpResponse:
    shown = find(request, pk)
    return render(request, "detection/photo.html", {"photo": shown, "live": result(request, shown)})


@require_safe
@requires("view_photo")
def photo_live(request: PageRequest, pk: UUID) -> HttpResponse:
    return live_answer(request, result(request, find(request, pk)))


def find(request: PageRequest, pk: UUID) -> Photo:
    return get_object_or_404(visible_photos(request.user).select_related("uploaded_by"), pk=pk)


def result(request: PageRequest, shown: Photo) -> Live:
    """The part of the page that a scan changes; the faces of an earlier scan stay until the next one is done."""
    boxes = boxes_on(shown, list(current_faces(shown)))
    waits = shown.is_open
    context = {
        "photo": shown,
        "boxes": boxes,
        "holdup": messages.holdup(holdup_code()) if waits else "",
        "look": shown.looks.select_related("person").first() if shown.look else None,
    }
    address = reverse("detection:photo_live", args=[shown.pk])
    seconds = OPEN_SECONDS if waits else None
    return live_part(request, "detection/_photo_live.html", context, address=address, seconds=seconds)


@require_POST
@requires("change_photo")
def scan_again(request: PageRequest, pk: UUID) -> HttpResponse:
    ids = let_scan_again(visible_photos(request.user).filter(pk=find(request, pk).pk))
    if not wake_scan_worker(ids):
        notes.warning(request, messages.holdup(messages.WAITING_FOR_BROKER))
    return redirect("detection:photo", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("delete_photo")
def delete(request: PageRequest, pk: UUID) -> HttpResponse:
    """Asks first; a POST deletes the row and every file of it."""
    shown = find(request, pk)
    if request.method != "POST":
        return render(request, "detection/photo_delete.html", {"photo": shown})
    delete_photos([shown.pk])
    notes.success(request, _("The photo %(name)s is deleted.") % {"name": shown})
    return redirect("detection:photos")

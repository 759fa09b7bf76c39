"""Pictures of people: only ever sent to a signed-in person who may see the photo, never from a public address."""

from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from detection.selectors import visible_faces, visible_photos
from detection.views.access import PageRequest, requires


@require_safe
@requires("view_photo")
def image(request: PageRequest, pk: UUID) -> HttpResponseBase:
    return send(get_object_or_404(visible_photos(request.user).select_related(None).only("image"), pk=pk).image)


@require_safe
@requires("view_photo")
def thumbnail(request: PageRequest, pk: UUID) -> HttpResponseBase:
    return send(get_object_or_404(visible_photos(request.user).select_related(None).only("thumbnail"), pk=pk).thumbnail)


@require_safe
@requires("view_photo")
def crop(request: PageRequest, pk: int) -> HttpResponseBase:
    return send(get_object_or_404(visible_faces(request.user), pk=pk).crop)


def send(file: FieldFile) -> HttpResponseBase:
    """The stored JPEG. No browser may keep it (PrivatePagesMiddleware) or take it for anything else (nosniff)."""
    if not file:
        raise Http404
    try:
        return FileResponse(file.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404 from error

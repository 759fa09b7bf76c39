"""The picture of a photo, as it is or with its faces marked."""

from io import BytesIO
from threading import BoundedSemaphore
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from PIL import Image
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from detection.api.base import ApiView
from detection.api.errors import Refused
from detection.api.photos import find_photo
from detection.api.schema import PHOTO_ID, refusals
from detection.models import Face, Photo
from detection.selectors import current_faces
from detection.vision.draw import mark

QUALITY = 88
# Drawing on a 12-megapixel picture takes about 60 MB: one at a time, whatever the number of threads.
_drawing = BoundedSemaphore(1)
PRIVATE = {"Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"}


class AskedSerializer(serializers.Serializer[Any]):
    annotated = serializers.BooleanField(default=False)


class WhateverIsAccepted(BaseContentNegotiation):
    """Pictures are JPEG and refusals JSON, also for a program that accepts pictures only."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class PictureView(ApiView):
    needs = {"GET": ("view_photo",)}
    content_negotiation_class = WhateverIsAccepted

    @extend_schema(
        operation_id="photos_picture",
        tags=["photos"],
        parameters=[
            PHOTO_ID,
            OpenApiParameter("annotated", OpenApiTypes.BOOL, description="With every face boxed and labelled."),
        ],
        responses={
            (200, "image/jpeg"): OpenApiResponse(OpenApiTypes.BINARY, "Upright, without metadata."),
            **{(code, "application/json"): response for code, response in refusals(400, 404).items()},
        },
    )
    def get(self, request: Request, photo_id: UUID) -> HttpResponseBase:
        """The upright picture; with `annotated=1` the faces of the last scan are marked on it."""
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        photo = find_photo(request.user, photo_id)
        try:
            return annotated(photo) if asked.validated_data["annotated"] else plain(photo)
        except OSError as error:
            detail = _("The stored picture is missing or damaged. Upload the photo again, then delete this one.")
            raise Refused(404, "missing_file", detail) from error


def plain(photo: Photo) -> FileResponse:
    return FileResponse(photo.image.open("rb"), content_type="image/jpeg", headers=PRIVATE)


def annotated(photo: Photo) -> HttpResponse:
    faces = list(current_faces(photo))
    with _drawing:
        picture = draw(photo, faces)
    return HttpResponse(picture, content_type="image/jpeg", headers=PRIVATE)


def draw(photo: Photo, faces: list[Face]) -> bytes:
    """The stored picture, which intake wrote itself, with the faces marked."""
    buffer = BytesIO()
    with photo.image.open("rb") as file, Image.open(file, formats=["JPEG"]) as picture:
        mark(picture, faces)
        picture.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()

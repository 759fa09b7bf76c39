"""Photos: send, list, read, scan again, delete."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User as Person
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from detection.api.base import ApiView
from detection.api.errors import Refused
from detection.api.paging import PhotoPages
from detection.api.schema import END, ENTRANCE, PHOTO_ID, START, refusals
from detection.api.serializers import PhotoRowSerializer, PhotoSerializer, ReceiptSerializer, UploadSerializer
from detection.filters import PhotoFilter
from detection.models import Entrance, Photo
from detection.querysets import PhotoQuerySet
from detection.selectors import User, visible_photos
from detection.services.intake import TakenIn, take_in
from detection.services.photos import delete_photos, scan_again
from detection.tasks import wake_scan_worker


def find_photo(user: User, photo_id: UUID) -> Photo:
    """The photo, or the same 404 whether it is not there or not for this person."""
    return get_object_or_404(visible_photos(user), pk=photo_id)


@extend_schema_view(
    get=extend_schema(
        operation_id="photos_list",
        tags=["photos"],
        parameters=[START, END, ENTRANCE],
        responses={200: PhotoRowSerializer(many=True), **refusals(400, 404)},
    )
)
class PhotosView(ApiView, ListAPIView[Photo]):
    """Photos, newest first, without their faces."""

    needs = {"GET": ("view_photo",), "POST": ("add_photo",)}
    queryset = Photo.objects.none()
    serializer_class = PhotoRowSerializer
    pagination_class = PhotoPages
    filterset_class = PhotoFilter
    parser_classes = [MultiPartParser]

    def get_queryset(self) -> PhotoQuerySet:
        return visible_photos(self.request.user)

    @extend_schema(
        operation_id="photos_create",
        tags=["photos"],
        request=UploadSerializer,
        responses={
            200: OpenApiResponse(ReceiptSerializer, "These bytes were sent before: the first photo."),
            202: OpenApiResponse(ReceiptSerializer, "Taken in. Ask at `url` until `status` is done or failed."),
            **refusals(400, 413, 415),
        },
    )
    def post(self, request: Request) -> Response:
        """Sends one photo; it is scanned as soon as a worker is free."""
        upload = UploadSerializer(data=request.data, context={"request": request})
        upload.is_valid(raise_exception=True)
        taken = take_in_upload(request, upload.validated_data)
        if taken.is_new:
            transaction.on_commit(lambda: wake_scan_worker([taken.photo.pk]))
        receipt = ReceiptSerializer(taken.photo, context={"request": request}).data
        return Response(receipt, 202 if taken.is_new else 200, headers={"Location": receipt["url"]})


def take_in_upload(request: Request, upload: dict[str, Any]) -> TakenIn:
    image = upload.pop("image")
    sender = cast(Person, request.user)
    try:
        return take_in(image, source=Photo.Source.API, name=image.name, uploaded_by=sender, **upload)
    except Entrance.DoesNotExist as error:
        detail = _("There is no entrance yet. An administrator has to add one.")
        raise Refused(400, "no_entrance", detail) from error


class PhotoView(ApiView):
    needs = {"GET": ("view_photo",), "DELETE": ("delete_photo",)}

    @extend_schema(
        operation_id="photos_retrieve",
        tags=["photos"],
        parameters=[PHOTO_ID],
        responses={200: PhotoSerializer, **refusals(404)},
    )
    def get(self, request: Request, photo_id: UUID) -> Response:
        """One photo with the faces of its last scan."""
        photo = find_photo(request.user, photo_id)
        return Response(PhotoSerializer(photo, context={"request": request}).data)

    @extend_schema(
        operation_id="photos_destroy",
        tags=["photos"],
        parameters=[PHOTO_ID],
        responses={204: OpenApiResponse(description="Gone, with its pictures and faces."), **refusals(404)},
    )
    def delete(self, request: Request, photo_id: UUID) -> Response:
        """Deletes the photo, its pictures and its faces for good."""
        delete_photos([find_photo(request.user, photo_id).pk])
        return Response(status=204)


class ScanView(ApiView):
    needs = {"POST": ("change_photo",)}

    @extend_schema(
        operation_id="photos_scan",
        tags=["photos"],
        parameters=[PHOTO_ID],
        request=None,
        responses={202: PhotoSerializer, **refusals(404)},
    )
    def post(self, request: Request, photo_id: UUID) -> Response:
        """Lets the photo wait for another scan; its result stays until the new one replaces it."""
        photo = find_photo(request.user, photo_id)
        ids = scan_again(visible_photos(request.user).filter(pk=photo.pk))
        transaction.on_commit(lambda: wake_scan_worker(ids))
        photo = find_photo(request.user, photo_id)
        return Response(PhotoSerializer(photo, context={"request": request}).data, 202)

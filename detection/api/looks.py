"""What people say of photos on which no face was found."""

from typing import cast
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from detection.api.base import ApiView
from detection.api.errors import Refused
from detection.api.parsers import SmallFormParser, SmallJSONParser
from detection.api.photos import find_photo
from detection.api.schema import PHOTO_ID, refusals
from detection.api.serializers import LookSerializer, PhotoSerializer
from detection.services.looks import NothingToAnswerError, answer_look


class LookView(ApiView):
    needs = {"POST": ("change_photo",)}
    parser_classes = [SmallJSONParser, SmallFormParser]

    @extend_schema(
        operation_id="photos_look",
        tags=["photos"],
        parameters=[PHOTO_ID],
        request=LookSerializer,
        responses={200: PhotoSerializer, **refusals(400, 404, 409, 413, 415)},
    )
    def post(self, request: Request, photo_id: UUID) -> Response:
        """Says what a person saw on a photo on which no face was found."""
        asked = LookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            answer_look(find_photo(request.user, photo_id), asked.validated_data["answer"], cast(User, request.user))
        except NothingToAnswerError as error:
            detail = _("Only a photo that is scanned, and on which no face was found, can be answered.")
            raise Refused(409, "nothing_to_answer", detail) from error
        photo = find_photo(request.user, photo_id)
        return Response(PhotoSerializer(photo, context={"request": request}).data)

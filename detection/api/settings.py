"""What administrators choose for the whole installation."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from detection.api.base import ApiView
from detection.api.errors import Refused
from detection.api.parsers import SmallJSONParser
from detection.api.schema import refusals
from detection.api.summaries import ChoiceSerializer, SettingsSerializer
from detection.messages import finder_refusal
from detection.models import FaceFinder
from detection.selectors import scan_settings
from detection.services.finders import choose_finder, is_usable
from detection.vision.errors import VisionError


class SettingsView(ApiView):
    needs = {"GET": ("view_scansettings", "change_scansettings"), "PATCH": ("change_scansettings",)}
    http_method_names = ["get", "head", "patch"]
    parser_classes = [SmallJSONParser]  # a form has no null

    @extend_schema(operation_id="settings_retrieve", tags=["school"], responses={200: SettingsSerializer, **refusals()})
    def get(self, request: Request) -> Response:
        """What is chosen for the whole installation, and what could be."""
        return Response(SettingsSerializer(about_settings()).data)

    @extend_schema(
        operation_id="settings_update",
        tags=["school"],
        request=ChoiceSerializer,
        responses={200: SettingsSerializer, **refusals(400, 409, 413, 415)},
    )
    def patch(self, request: Request) -> Response:
        """Chooses who looks for faces from the next photo on; null leaves it to the environment."""
        asked = ChoiceSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        if "face_finder" in asked.validated_data:
            choose(asked.validated_data["face_finder"] or "", request)
        return Response(SettingsSerializer(about_settings()).data)


def choose(name: str, request: Request) -> None:
    try:
        choose_finder(name, cast(User, request.user))
    except VisionError as error:
        raise Refused(409, "finder_not_usable", finder_refusal(name)) from error


def about_settings() -> dict[str, Any]:
    kept = scan_settings()
    return {
        "face_finder": kept.face_finder or None,
        "environment": settings.FACE_FINDER,
        "in_use": kept.face_finder or settings.FACE_FINDER,
        "changed_by": kept.changed_by.get_username() if kept.changed_by else None,
        "changed_at": kept.changed_at,
        "finders": [about_finder(finder) for finder in FaceFinder],
    }


def about_finder(finder: FaceFinder) -> dict[str, object]:
    usable = is_usable(finder)
    return {"name": finder.value, "usable": usable, "problem": "" if usable else finder_refusal(finder)}

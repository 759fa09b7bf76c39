"""Words for the API's description: how it refuses, and what many operations have in common."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers


class ErrorSerializer(serializers.Serializer[Any]):
    """Every refusal looks like this."""

    code = serializers.CharField(help_text=_("For programs; stable."))
    detail = serializers.CharField(help_text=_("For people: what happened and what to do next."))


REASONS = {
    400: _("The request cannot be used."),
    401: _("Nobody is signed in, or the token is wrong."),
    403: _("Not allowed to this person, or the CSRF token is missing."),
    404: _("There is no such thing, or not for this person."),
    406: _("The answer is not to be had in the form the request accepts."),
    409: _("Things are not as the request needs them to be."),
    413: _("The file or the form is too large, or the picture has too many pixels."),
    415: _("The body or the file is of a kind that is not taken."),
    429: _("Too many attempts. Retry-After says how long to wait."),
    503: _("The database does not answer. Try again in a moment."),
}


def refusals(*codes: int) -> dict[int, OpenApiResponse]:
    """The responses of an operation that refuses with these, and as every operation does."""
    return {code: OpenApiResponse(ErrorSerializer, REASONS[code]) for code in sorted({*codes, 401, 403, 406, 503})}


PHOTO_ID = OpenApiParameter("photo_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
START = OpenApiParameter("start", OpenApiTypes.DATE, description=_("First local day the photo was taken on."))
END = OpenApiParameter("end", OpenApiTypes.DATE, description=_("Last local day the photo was taken on."))
ENTRANCE = OpenApiParameter("entrance", OpenApiTypes.STR, description=_("Short name of an entrance."))

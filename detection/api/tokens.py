"""Tokens for programs: a name and a password once, the token from then on."""

from datetime import timedelta

from axes.helpers import get_client_ip_address, get_cool_off
from axes.utils import reset
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.authtoken.models import Token
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from detection.api.base import ApiView
from detection.api.errors import Refused
from detection.api.parsers import SmallFormParser, SmallJSONParser
from detection.api.schema import refusals
from detection.api.serializers import CredentialsSerializer, TokenSerializer
from detection.api.throttles import AddressThrottle, PairThrottle


class TokenView(ApiView):
    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [SmallJSONParser, SmallFormParser, MultiPartParser]
    throttle_classes = [AddressThrottle, PairThrottle]

    @extend_schema(
        operation_id="token_create",
        tags=["token"],
        auth=[],
        request=CredentialsSerializer,
        responses={200: TokenSerializer, **refusals(400, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """A token for the header `Authorization: Token ...`; the same one every time."""
        asked = CredentialsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = sign_in(request._request, **asked.validated_data)
        token, _is_new = Token.objects.get_or_create(user=user)
        return Response({"token": token.key}, headers={"Cache-Control": "no-store, private"})


def sign_in(request: HttpRequest, username: str, password: str) -> User:
    """The person, through the same backends and with the same lock-out as the sign-in page."""
    user = authenticate(request, username=username, password=password)
    if isinstance(user, User):
        reset(ip=get_client_ip_address(request), username=username)
        return user
    if getattr(request, "axes_locked_out", False):
        request.axes_locked_out = False  # type: ignore[attr-defined]  # else axes' middleware answers with a page
        wait = get_cool_off(request) or timedelta()
        detail = _("Too many wrong passwords. Try again in %(minutes)s minutes.")
        minutes = round(wait.total_seconds() / 60)
        raise Refused(429, "locked_out", detail % {"minutes": minutes}, wait=round(wait.total_seconds()))
    raise Refused(401, "wrong_credentials", _("Name and password do not go together, or the account is not active."))

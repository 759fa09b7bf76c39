"""Every refusal of the API is `{"code", "detail"}`: a code for programs, a sentence for people."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from detection.messages import refusal
from detection.vision.errors import PhotoError

logger = logging.getLogger(__name__)
PHOTO_STATUS = {
    "too_large": status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    "too_many_pixels": status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    "unsupported_format": status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
}


class Refused(exceptions.APIException):
    """An answer with a status, a code and a sentence of our own; `wait` seconds become Retry-After."""

    def __init__(self, status_code: int, code: str, detail: str, wait: int | None = None) -> None:
        super().__init__(detail, code)
        self.status_code = status_code
        self.wait = wait
        self.auth_header = "Token" if status_code == status.HTTP_401_UNAUTHORIZED else None  # RFC 9110, section 11.6.1


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error raised in a view; None, for one that nobody foresaw, lets Django log it."""
    response = exception_handler(foreseen(error), context)
    if response is not None:
        response.data = as_body(response.data)
    return response


def foreseen(error: Exception) -> Exception:
    """The error as one that has an answer, where there is one."""
    if isinstance(error, PhotoError):
        return Refused(PHOTO_STATUS.get(error.code, status.HTTP_400_BAD_REQUEST), error.code, refusal(error.code))
    if isinstance(error, RequestDataTooBig):
        return Refused(413, "too_large", _("The form fields are too large. Only the picture may be."))
    if isinstance(error, SuspiciousOperation | MultiPartParserError | UnreadablePostError):
        return Refused(400, "parse_error", _("The request cannot be read. Send one well-formed form with one picture."))
    if isinstance(error, OperationalError):
        logger.error("The database does not answer", exc_info=error)
        return Refused(503, "unavailable", _("The database does not answer. Try again in a moment."), wait=5)
    return error


def as_body(data: Any) -> dict[str, str]:
    """The first of the errors that were found, with the name of its field before the sentence."""
    path, problem = first_problem(data)
    code = force_str(getattr(problem, "code", "invalid"))
    return {"code": code, "detail": ": ".join([*path, force_str(problem)])}


def first_problem(data: Any) -> tuple[list[str], Any]:
    """Field names from outside in, without the names that stand for "the whole request", and the problem itself."""
    path: list[str] = []
    while isinstance(data, dict | list) and data:
        if isinstance(data, list):
            data = data[0]
            continue
        name, data = next(iter(data.items()))
        if name not in {api_settings.NON_FIELD_ERRORS_KEY, "detail", "__all__"}:
            path.append(name)
    return path, data

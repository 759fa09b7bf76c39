"""Requests that Django refuses before a view sees them."""

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 with what to do about it when too much was sent at once."""
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return HttpResponse(render_to_string("413.html"), status=413)
    return HttpResponse(render_to_string("400.html"), status=400)

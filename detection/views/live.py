"""Parts of pages that keep themselves up to date: htmx asks again, and is told nothing while nothing has changed.

A part must hold no CSRF token, which differs in every answer: its buttons name a form that stands outside (`form=`).
"""

import hashlib
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Live:
    """A part as drawn now. `seconds` until the browser asks `address` again; None when it is final."""

    html: SafeString
    address: str
    seconds: int | None

    @property
    def seen(self) -> str:
        """Names what the part shows; the browser sends it along when it asks again."""
        return hashlib.sha256(f"{self.seconds} {self.html}".encode()).hexdigest()[:16]


def live_part(
    request: HttpRequest, template: str, context: dict[str, object], *, address: str, seconds: int | None
) -> Live:
    # Rendered from our own template, where everything is escaped already.
    html = mark_safe(render_to_string(template, context, request))  # noqa: S308
    return Live(html, address, seconds)


def live_answer(request: HttpRequest, live: Live) -> HttpResponse:
    """The part again, or 204 (htmx then changes nothing) when the browser shows the same already."""
    if request.GET.get("seen") == live.seen:
        return HttpResponse(status=204)
    return HttpResponse(render_to_string("_live.html", {"live": live}, request))

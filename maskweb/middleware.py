"""Pages show children: no browser, proxy or shared computer may keep a copy of what a signed-in person saw."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PERMISSIONS_POLICY = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"


class PrivatePagesMiddleware:
    """Adds `no-store` to every answer to a signed-in person, and a Permissions-Policy to all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if request.user.is_authenticated or response.status_code in {401, 403}:
            response.headers["Cache-Control"] = "no-store, private"
        return response

"""Who may open a page: strangers are asked to sign in, people without the permission are told so."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from detection.selectors import may

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """A request as views see it, behind `requires`: somebody is signed in."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[PageRequest, P], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(action: str) -> Callable[[View[P]], Door[P]]:
    """Lets people in who may do the action on detection's rows, `view_photo` for example."""

    def decorate(view: View[P]) -> Door[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request = cast(PageRequest, request)
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not may(request.user, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(Door[P], guarded)

    return decorate


def ask_to_sign_in(request: PageRequest) -> HttpResponseBase:
    """A fragment or an answer for a script must never be a sign-in page."""
    if request.htmx:
        return HttpResponseClientRefresh()
    if wants_json(request):
        detail = _("You are signed out. Sign in in another tab, then try again.")
        return JsonResponse({"code": "signed_out", "detail": detail}, status=401)
    return redirect_to_login(request.get_full_path())


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"

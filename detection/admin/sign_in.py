"""API tokens: listed without showing them."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from rest_framework.authtoken.admin import TokenAdmin as RestTokenAdmin
from rest_framework.authtoken.models import TokenProxy


def beginning(token: TokenProxy) -> str:
    return f"{token.key[:6]}…"


# The admin names a row by its text, on every page and in its log, and a token's text is the whole token.
TokenProxy.__str__ = beginning
admin.site.unregister(TokenProxy)


@admin.register(TokenProxy)
class TokenAdmin(RestTokenAdmin):
    """A token opens everything its owner may see, so it is shown once, when it is made."""

    list_display = ["user", "__str__", "created"]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: TokenProxy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.message_user(request, _("The token is %s - it is not shown again.") % obj.key, messages.WARNING)

    def response_add(self, request: HttpRequest, obj: TokenProxy, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:authtoken_tokenproxy_changelist")

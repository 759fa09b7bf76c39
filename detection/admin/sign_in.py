"""API tokens: listed without showing them."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authtoken.admin import TokenAdmin as RestTokenAdmin
from rest_framework.authtoken.models import TokenProxy

admin.site.unregister(TokenProxy)


@admin.register(TokenProxy)
class TokenAdmin(RestTokenAdmin):
    """A token opens everything its owner may see, so it is shown once, when it is made."""

    list_display = ["user", "beginning", "created"]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("beginning of the token"))
    def beginning(self, token: TokenProxy) -> str:
        return f"{token.key[:6]}…"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: TokenProxy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.message_user(request, _("The token is %s - it is not shown again.") % obj.key, messages.WARNING)

    def response_add(self, request: HttpRequest, obj: TokenProxy, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:authtoken_tokenproxy_changelist")

    # Django names a row by its text everywhere, and a token's text is the token itself.
    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        if object_id:
            kwargs["extra_context"] = {**(kwargs.get("extra_context") or {}), "subtitle": None}
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, dict[str, int], set[str], list[str]]:
        owners = [_("The API token of %s") % token.user for token in objs]
        return owners, {str(TokenProxy._meta.verbose_name_plural): len(owners)}, set(), []

    def log_addition(self, request: HttpRequest, obj: TokenProxy, message: Any) -> Any:
        return self.log_change(request, obj.user, _("Made an API token."))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return [self.log_change(request, token.user, _("Deleted the API token.")) for token in queryset]

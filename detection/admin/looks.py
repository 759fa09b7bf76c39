"""What people saw on photos without a face; rows are only added, by the photo's page and the API."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from detection.admin.common import LookOnly, QuickDates, link
from detection.models import PhotoLook


@admin.register(PhotoLook)
class PhotoLookAdmin(LookOnly):
    list_display = ["answer", "photo_link", "person", "created_at"]
    list_filter = ["answer"]
    list_select_related = ["photo", "person"]
    list_per_page = 50
    search_fields = ["photo__original_name", "person__username"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each counts every row
    fields = ["answer", "photo_link", "person", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhotoLook]:
        return QuickDates(PhotoLook).order_by(*self.ordering)

    @admin.display(description=_("photo"), ordering="photo__received_at")
    def photo_link(self, look: PhotoLook) -> SafeString:
        return link(look.photo)


class LookInline(admin.TabularInline):
    """On a photo's page."""

    model = PhotoLook
    fields = ["answer", "person", "created_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhotoLook]:
        return super().get_queryset(request).select_related("person")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

"""The models that find and judge: which one is active, what it was measured at, and going back to another."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from detection.admin.common import NOTHING
from detection.models import FaceFinder, ModelVersion
from detection.numbers import per_cent
from detection.selectors import chosen_finder
from detection.services.registry import activate, delete_version, is_deletable
from detection.vision.errors import WeightsError


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    list_display = ["name", "role", "status", "architecture", "accuracy", "is_starter", "created_at", "activated_at"]
    list_filter = ["role", "status", "architecture", "is_starter"]
    search_fields = ["name", "sha256"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    readonly_fields = [
        "role",
        "status",
        "is_starter",
        "created_at",
        "activated_at",
        "accuracy",
        "architecture",
        "sha256",
        "spec",
        "metrics",
    ]
    fields = ["name", *readonly_fields]
    actions = ["activate"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Models come from training, never from a form."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or is_deletable(obj))

    def save_model(self, request: HttpRequest, obj: ModelVersion, form: Any, change: bool) -> None:
        """Only the name: whoever activates another version meanwhile must not be undone."""
        obj.save(update_fields=["name"])

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        delete_version(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        for version in queryset:
            delete_version(version)

    @admin.display(description=gettext_lazy("accuracy"))
    def accuracy(self, version: ModelVersion) -> str:
        measured = version.metrics.get("accuracy")
        return per_cent(measured, 1) if isinstance(measured, float | int) else NOTHING

    @admin.action(description=gettext_lazy("Use this model from now on"), permissions=["change"])
    def activate(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        version = chosen.first()
        if version is None or chosen.count() > 1:
            self.message_user(request, _("Select exactly one model version."), messages.ERROR)
            return
        try:
            activate(version)
        except WeightsError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, *said_of(version))


def said_of(version: ModelVersion) -> tuple[str, int]:
    """What follows from activating it; a finder that is not chosen finds nothing."""
    if version.role == ModelVersion.Role.CLASSIFIER:
        return _("%s judges the next photos.") % version, messages.SUCCESS
    if chosen_finder() == FaceFinder.SSD:
        return _("%s finds the faces on the next photos.") % version, messages.SUCCESS
    return _("%s is active, but the settings choose another finder than our own.") % version, messages.WARNING

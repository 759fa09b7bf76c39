"""Sites and their doors."""

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from detection.models import Entrance, School
from detection.services.entrances import make_default


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ["name", "entrance_count", "created_at"]
    search_fields = ["name"]
    date_hierarchy = "created_at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[School]:
        return super().get_queryset(request).annotate(entrance_count=Count("entrances"))

    @admin.display(description=gettext_lazy("entrances"), ordering="entrance_count")
    def entrance_count(self, school: School) -> int:
        return school.entrance_count


@admin.register(Entrance)
class EntranceAdmin(admin.ModelAdmin):
    list_display = ["name", "school", "slug", "is_default", "created_at"]
    list_filter = ["school", "is_default"]
    list_select_related = ["school"]
    search_fields = ["name", "slug", "school__name"]
    autocomplete_fields = ["school"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["is_default"]
    show_full_result_count = False
    actions = ["make_default"]

    def has_delete_permission(self, request: HttpRequest, obj: Entrance | None = None) -> bool:
        """The default entrance stays: a photo that names none must have a place."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    def get_readonly_fields(self, request: HttpRequest, obj: Entrance | None = None) -> list[str]:
        """Photos of an entrance belong to its school, so it cannot move to another."""
        return ["is_default", "school"] if obj else ["is_default"]

    @admin.action(description=gettext_lazy("Make this the default entrance"), permissions=["change"])
    def make_default(self, request: HttpRequest, chosen: QuerySet[Entrance]) -> None:
        entrance = chosen.first()
        if entrance is None or chosen.count() > 1:
            self.message_user(request, _("Select exactly one entrance."), messages.ERROR)
            return
        make_default(entrance)
        self.message_user(
            request, _("%s takes the photos that name no entrance from now on.") % entrance, messages.SUCCESS
        )

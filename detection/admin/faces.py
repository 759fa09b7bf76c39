"""Faces as they were found and judged, those of earlier finders and model versions included."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from detection.admin.common import LookOnly, QuickDates, crop, link
from detection.messages import found_sentence, judged_sentence
from detection.models import Face, FaceFinder
from detection.numbers import per_cent


class FinderFilter(admin.SimpleListFilter):
    """By name: Django would read every face to see which finders there are."""

    title = _("finder")
    parameter_name = "finder"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(finder.value, str(finder.label)) for finder in FaceFinder]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Face]) -> QuerySet[Face]:
        return queryset.filter(finder=self.value()) if self.value() else queryset


@admin.register(Face)
class FaceAdmin(LookOnly):
    list_display = [
        "crop_picture",
        "label",
        "score_percent",
        "photo_link",
        "entrance",
        "finder",
        "finder_version",
        "judged_by",
        "model_version",
    ]
    list_display_links = ["crop_picture", "label"]
    list_filter = ["label", FinderFilter, "judged_by", "photo__entrance", "model_version", "finder_version"]
    show_facets = admin.ShowFacets.NEVER  # each counts every row
    list_select_related = ["photo__entrance", "model_version", "finder_version"]
    list_per_page = 50
    search_fields = ["photo__original_name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    show_full_result_count = False
    fields = [
        "crop_picture",
        "photo_link",
        "label",
        "score",
        "scores",
        ("x", "y", "width", "height"),
        "found",
        "judged",
        "finder",
        "finder_score",
        "finder_version",
        "judged_by",
        "model_version",
        "created_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Face]:
        return QuickDates(Face).order_by(*self.ordering)

    @admin.display(description=_("face"))
    def crop_picture(self, face: Face) -> SafeString | str:
        return crop(face)

    @admin.display(description=_("score"), ordering="score")
    def score_percent(self, face: Face) -> str:
        return per_cent(face.score)

    @admin.display(description=_("found"))
    def found(self, face: Face) -> str:
        return found_sentence(face)

    @admin.display(description=_("judged"))
    def judged(self, face: Face) -> str:
        return judged_sentence(face)

    @admin.display(description=_("photo"), ordering="photo__received_at")
    def photo_link(self, face: Face) -> SafeString:
        return link(face.photo)

    @admin.display(description=_("entrance"))
    def entrance(self, face: Face) -> Any:
        return face.photo.entrance


class FaceInline(admin.TabularInline):
    """The faces on a photo's page."""

    model = Face
    fields = [
        "crop_picture",
        "label",
        "score",
        "finder",
        "finder_score",
        "finder_version",
        "judged_by",
        "model_version",
    ]
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = _("faces, those of earlier finders and model versions included")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Face]:
        return super().get_queryset(request).select_related("photo", "model_version", "finder_version")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("face"))
    def crop_picture(self, face: Face) -> SafeString | str:
        return crop(face)

"""Photos: with their thumbnails, what came out, and what can be done with them."""

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from detection.admin.common import QuickDates, thumbnail
from detection.admin.faces import FaceInline
from detection.admin.forms import AddPhotoForm, ChangePhotoForm
from detection.admin.looks import LookInline
from detection.models import Face, Photo
from detection.querysets import PhotoQuerySet
from detection.services.photos import delete_photos, scan_again
from detection.tasks import wake_scan_worker

NAMED_IN_QUESTION = 20
RESULTS = [
    "status",
    "verdict",
    "look",
    "mask_count",
    "no_mask_count",
    "incorrect_count",
    "unsure_count",
    "finder",
    "finder_version",
    "model_version",
    "scanned_at",
    "attempts",
    "failure_code",
    "failure_detail",
]
ORIGIN = ["original_name", "source", "uploaded_by", "received_at", "format", "width", "height", "sha256"]


class QuickPhotos(QuickDates, PhotoQuerySet):
    """Photos with a quick date hierarchy."""


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):
    list_display = ["thumbnail_picture", "name", "entrance", "taken_at", "received_at", "status", "verdict", "people"]
    list_display_links = ["thumbnail_picture", "name"]
    list_filter = [
        "status",
        "verdict",
        "look",
        "entrance",
        "source",
        "received_at",
        "finder",
        "finder_version",
        "model_version",
    ]
    list_select_related = ["entrance"]
    list_per_page = 50
    search_fields = ["original_name", "failure_code"]
    search_help_text = gettext_lazy("File name, failure code, or a photo's whole id.")
    date_hierarchy = "received_at"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each counts every row
    ordering = ["-received_at", "-pk"]
    actions = ["scan_again"]
    readonly_fields = ["thumbnail_picture", *RESULTS, *ORIGIN]
    add_fieldsets = [(None, {"fields": ["file", "entrance", "taken_at"]})]
    fieldsets = [
        (None, {"fields": ["thumbnail_picture", "entrance", "taken_at"]}),
        (gettext_lazy("Result"), {"fields": RESULTS}),
        (gettext_lazy("Where it comes from"), {"fields": ORIGIN}),
    ]

    # --- looking -------------------------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        return QuickPhotos(Photo).order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Photo], search_term: str
    ) -> tuple[QuerySet[Photo], bool]:
        try:
            return queryset.filter(pk=uuid.UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def view_on_site(self, photo: Photo) -> str:
        return photo.get_absolute_url()

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail_picture(self, photo: Photo) -> SafeString:
        return thumbnail(photo)

    @admin.display(description=gettext_lazy("file name"), ordering="original_name")
    def name(self, photo: Photo) -> str:
        return str(photo)

    @admin.display(description=gettext_lazy("people"))
    def people(self, photo: Photo) -> int:
        return photo.people

    # --- adding and changing -------------------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Photo | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_inlines(self, request: HttpRequest, obj: Photo | None) -> list[Any]:
        return [FaceInline, LookInline] if obj else []

    def get_form(self, request: HttpRequest, obj: Photo | None = None, **kwargs: Any) -> type[ModelForm]:
        form = ChangePhotoForm if obj else type("AddPhotoForm", (AddPhotoForm,), {"person": request.user})
        return super().get_form(request, obj, **{**kwargs, "form": form})

    def save_model(self, request: HttpRequest, obj: Photo, form: Any, change: bool) -> None:
        """A worker may be writing the photo's result meanwhile: only what the form has is written."""
        if change:
            obj.save(update_fields=["entrance", "taken_at"])
        elif not obj.taken_in_before:
            transaction.on_commit(partial(self.wake, request, [obj.pk]))

    def response_add(self, request: HttpRequest, obj: Photo, post_url_continue: str | None = None) -> HttpResponse:
        if obj.taken_in_before:
            self.message_user(request, _("This photo was there already: it is this one."), messages.WARNING)
            return redirect("admin:detection_photo_change", obj.pk)
        return super().response_add(request, obj, post_url_continue)

    # --- scanning again and deleting -----------------------------------------------------------------------------
    def wake(self, request: HttpRequest, ids: Sequence[uuid.UUID | str]) -> None:
        if ids and not wake_scan_worker(ids):
            said = _("The queue cannot be reached: they are scanned when it is back.")
            self.message_user(request, said, messages.WARNING)

    @admin.action(description=gettext_lazy("Scan again"), permissions=["change"])
    def scan_again(self, request: HttpRequest, photos: PhotoQuerySet) -> None:
        ids = scan_again(photos)
        said = ngettext("%d photo waits to be scanned again.", "%d photos wait to be scanned again.", len(ids))
        self.message_user(request, said % len(ids), messages.SUCCESS)
        transaction.on_commit(partial(self.wake, request, ids))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, dict[str, int], set[str], list[str]]:
        """Whoever may delete a photo may delete its faces; Django would list each, and ask for a permission on it."""
        photos = objs if isinstance(objs, QuerySet) else Photo.objects.filter(pk__in=[photo.pk for photo in objs])
        count = photos.count()
        named = [str(photo) for photo in photos[:NAMED_IN_QUESTION]]
        if count > len(named):
            named.append(_("and %d more") % (count - len(named)))
        counts = {
            str(Photo._meta.verbose_name_plural): count,
            str(Face._meta.verbose_name_plural): Face.objects.filter(photo__in=photos.order_by().values("pk")).count(),
        }
        missing = set() if self.has_delete_permission(request) else {str(Photo._meta.verbose_name)}
        return named, counts, missing, []

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        delete_photos([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        delete_photos(queryset.values_list("pk", flat=True))

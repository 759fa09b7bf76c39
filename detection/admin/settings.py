"""What administrators choose for the whole installation, the same as on the settings page."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

from detection.forms import check_finder
from detection.models import ScanSettings
from detection.services.finders import choose_finder


class ScanSettingsForm(forms.ModelForm):
    class Meta:
        model = ScanSettings
        fields = ["face_finder"]

    def clean_face_finder(self) -> str:
        check_finder(self.cleaned_data["face_finder"])
        return self.cleaned_data["face_finder"]


@admin.register(ScanSettings)
class ScanSettingsAdmin(admin.ModelAdmin):
    """One row, made by whoever chooses first; an empty choice is as good as none, so it is never deleted."""

    form = ScanSettingsForm
    list_display = ["__str__", "face_finder", "changed_by", "changed_at"]
    list_select_related = ["changed_by"]
    list_filter = ["face_finder"]
    search_fields = ["face_finder"]
    fields = ["face_finder", "changed_by", "changed_at"]
    readonly_fields = ["changed_by", "changed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not ScanSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: ScanSettings | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ScanSettings, form: Any, change: bool) -> None:
        choose_finder(obj.face_finder, cast(User, request.user))

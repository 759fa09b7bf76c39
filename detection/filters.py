"""Which photos to list: one set of filters for the pages and the API."""

from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from detection.models import Entrance, Photo
from detection.querysets import PhotoQuerySet
from detection.report import Span
from detection.selectors import entrances

ALL_ENTRANCES = pgettext_lazy("entrances", "all")  # another word than for "all" verdicts in some languages


def day_input() -> forms.DateInput:
    """The browser's own date picker, which speaks ISO 8601 in every language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PhotoFilter(filters.FilterSet):
    """By status, verdict, what people saw where no face was found, entrance (its short name) and the local day the
    photo was taken (both ends included)."""

    status = filters.ChoiceFilter(label=_("Status"), choices=Photo.Status.choices, empty_label=_("all"))
    verdict = filters.ChoiceFilter(label=_("Verdict"), choices=Photo.Verdict.choices, empty_label=_("all"))
    look = filters.ChoiceFilter(
        label=_("Looked at"),
        choices=[("not_yet", _("not yet")), *Photo.Look.choices],
        empty_label=_("all"),
        method="by_look",
    )
    entrance = filters.ModelChoiceFilter(
        label=_("Entrance"), queryset=lambda _request: entrances(), to_field_name="slug", empty_label=ALL_ENTRANCES
    )
    start = filters.DateFilter(label=_("From"), method="from_day", widget=day_input())
    end = filters.DateFilter(label=_("To"), method="to_day", widget=day_input())

    class Meta:
        model = Photo
        fields: list[str] = []

    def by_look(self, photos: PhotoQuerySet, _name: str, answer: str) -> PhotoQuerySet:
        """Of the photos without a face: those that a person saw so, or that nobody has looked at."""
        return photos.without_face().filter(look="" if answer == "not_yet" else answer)

    def from_day(self, photos: PhotoQuerySet, _name: str, day: date) -> PhotoQuerySet:
        return Span(start=day).photos(photos)

    def to_day(self, photos: PhotoQuerySet, _name: str, day: date) -> PhotoQuerySet:
        return Span(end=day).photos(photos)


class SpanForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        start, end = days.get("start"), days.get("end")
        if start and end and start > end:
            raise forms.ValidationError(_("The first day is after the last. Change one of them."))
        return days


class SpanFilter(filters.FilterSet):
    """The report's date range and entrance; `span` is what was asked for."""

    start = filters.DateFilter(label=_("From"), widget=day_input())
    end = filters.DateFilter(label=_("To"), widget=day_input())
    entrance = filters.ModelChoiceFilter(
        label=_("Entrance"), queryset=lambda _request: entrances(), to_field_name="slug", empty_label=ALL_ENTRANCES
    )

    class Meta:
        model = Entrance
        fields: list[str] = []
        form = SpanForm

    @property
    def span(self) -> Span:
        cleaned = self.form.cleaned_data
        return Span(start=cleaned.get("start"), end=cleaned.get("end"), entrance=cleaned.get("entrance"))

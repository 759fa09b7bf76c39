"""What several admin pages share."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from detection.models import Face, Photo
from detection.report import midnight

NOTHING = "-"


class LookOnly(admin.ModelAdmin):
    """Rows that only maskweb itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class QuickDates(QuerySet):
    """Answers the date hierarchy from the first and the last date alone, which an index knows.

    Django asks for the distinct dates instead, and reads every row for that. So a day in between
    without any row is offered too.
    """

    def aggregate(self, *args: Any, **named: Any) -> dict[str, Any]:
        """One by one: SQLite finds a minimum or a maximum at an index's end, but reads all of it for both at once."""
        answers = {name: super(QuickDates, self).aggregate(**{name: one})[name] for name, one in named.items()}
        return (super().aggregate(*args) if args else {}) | answers

    def datetimes(self, field_name: str, kind: str, order: str = "ASC", tzinfo: Any = None) -> list[datetime]:
        span = self.order_by().aggregate(first=Min(field_name), last=Max(field_name))
        if span["first"] is None:
            return []
        return list(steps(timezone.localtime(span["first"]), timezone.localtime(span["last"]), kind))


def steps(first: datetime, last: datetime, kind: str) -> Iterator[datetime]:
    """Each year, month or day from first to last."""
    day = first.date()
    while day <= last.date():
        yield midnight(day)
        day = following(day, kind)


def following(day: date, kind: str) -> date:
    if kind == "year":
        return date(day.year + 1, 1, 1)
    if kind == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=1)


def picture(address: str, alt: str, height: int) -> SafeString:
    return format_html('<img src="{}" alt="{}" height="{}" loading="lazy">', address, alt, height)


def thumbnail(photo: Photo, height: int = 60) -> SafeString:
    return picture(reverse("detection:thumbnail", args=[photo.pk]), str(photo), height)


def crop(face: Face, height: int = 60) -> SafeString | str:
    """Faces of an earlier scan are history: their crops are not shown."""
    if not face.crop or not face.is_current:
        return NOTHING
    return picture(reverse("detection:crop", args=[face.pk]), str(face), height)


def link(to: Photo) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:detection_photo_change", args=[to.pk]), to)

"""Questions asked of photos and faces in one query each."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from detection.vision.labels import FLAGGED_LABELS, Verdict

if TYPE_CHECKING:
    from detection.models import Entrance, Face, Photo  # noqa: F401


class PhotoQuerySet(models.QuerySet["Photo"]):
    def waiting(self) -> "PhotoQuerySet":
        return self.filter(status="waiting")

    def done(self) -> "PhotoQuerySet":
        return self.filter(status="done")

    def violations(self) -> "PhotoQuerySet":
        return self.filter(verdict=Verdict.VIOLATION)

    def lease_expired(self, now: datetime) -> "PhotoQuerySet":
        return self.filter(status="scanning", lease_until__lt=now)

    def taken_between(self, start: datetime | None, end: datetime | None) -> "PhotoQuerySet":
        """Photos taken from start (included) to end (excluded); None leaves that side open."""
        span = Q()
        if start:
            span &= Q(taken_at__gte=start)
        if end:
            span &= Q(taken_at__lt=end)
        return self.filter(span)

    def at(self, entrance: "Entrance | None") -> "PhotoQuerySet":
        return self.filter(entrance=entrance) if entrance else self


class FaceQuerySet(models.QuerySet["Face"]):
    def current(self) -> "FaceQuerySet":
        """Faces of each photo's last scan; those of earlier model versions are history."""
        return self.filter(model_version=F("photo__model_version"))

    def flagged(self) -> "FaceQuerySet":
        return self.filter(label__in=FLAGGED_LABELS)

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

    def without_face(self) -> "PhotoQuerySet":
        """Photos on which the last scan found nobody: for a person to look at."""
        return self.done().filter(verdict=Verdict.NO_FACE)

    def to_look_at(self) -> "PhotoQuerySet":
        """Those of them that nobody has looked at yet, the longest there first."""
        return self.without_face().filter(look="").order_by("received_at", "id")

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
        """Faces of each photo's last scan; those of earlier models and finders are history."""
        same_weights = Q(finder_version=F("photo__finder_version"))
        no_weights = Q(finder_version=None, photo__finder_version=None)
        return self.filter(
            same_weights | no_weights, model_version=F("photo__model_version"), finder=F("photo__finder")
        )

    def flagged(self) -> "FaceQuerySet":
        return self.filter(label__in=FLAGGED_LABELS)

"""The compliance report: what was seen at the entrances between two days, counted, and as rows for a spreadsheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Prefetch, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from detection.models import Entrance, Face, Photo
from detection.querysets import FaceQuerySet, PhotoQuerySet
from detection.selectors import User, visible_faces, visible_photos
from detection.vision.labels import Verdict

CSV_HEADER = [
    "photo",
    "taken_at",
    "entrance",
    "status",
    "verdict",
    "looked_at",
    "face",
    "label",
    "score",
    "x",
    "y",
    "width",
    "height",
    "finder",
    "finder_score",
    "finder_version",
    "judged_by",
    "model_version",
]
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

OLDEST_DAY, NEWEST_DAY = date(1900, 1, 1), date(9000, 1, 1)


@dataclass(frozen=True)
class Span:
    """Local days, both included, by the time the photo was taken; None leaves that side, or the entrance, open."""

    start: date | None = None
    end: date | None = None
    entrance: Entrance | None = None

    def photos(self, photos: PhotoQuerySet) -> PhotoQuerySet:
        first = midnight(within_calendar(self.start)) if self.start else None
        after = midnight(within_calendar(self.end) + timedelta(days=1)) if self.end else None
        return photos.taken_between(first, after).at(self.entrance)


def within_calendar(day: date) -> date:
    """A day whose neighbours exist in every time zone; no photo is older or newer."""
    return min(max(day, OLDEST_DAY), NEWEST_DAY)


def midnight(day: date) -> datetime:
    """The moment a local day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Report:
    """`photos` fall into one of the six counts below it, `people` (faces found) into one of the four labels.

    People looked at `no_face_looked_at` of the `no_face` photos, and saw somebody on `no_face_people_missed`.
    """

    photos: int
    compliant: int
    violation: int
    unsure_photos: int
    no_face: int
    no_face_looked_at: int
    no_face_people_missed: int
    waiting: int
    failed: int
    mask: int
    no_mask: int
    incorrect: int
    unsure: int

    @property
    def people(self) -> int:
        return self.mask + self.no_mask + self.incorrect + self.unsure

    @property
    def flagged(self) -> int:
        return self.no_mask + self.incorrect

    @property
    def compliance_rate(self) -> float | None:
        """Share of people with a properly worn mask among those judged with certainty, 0 to 1; None without any."""
        judged = self.mask + self.flagged
        return self.mask / judged if judged else None


def make_report(user: User, span: Span) -> Report:
    """One query, whatever the span."""
    done = Q(status=Photo.Status.DONE)
    no_face = done & Q(verdict=Verdict.NO_FACE)
    photos = span.photos(visible_photos(user)).order_by()
    return Report(
        **photos.aggregate(
            photos=Count("pk"),
            compliant=Count("pk", filter=done & Q(verdict=Verdict.COMPLIANT)),
            violation=Count("pk", filter=done & Q(verdict=Verdict.VIOLATION)),
            unsure_photos=Count("pk", filter=done & Q(verdict=Verdict.UNSURE)),
            no_face=Count("pk", filter=no_face),
            no_face_looked_at=Count("pk", filter=no_face & ~Q(look="")),
            no_face_people_missed=Count("pk", filter=no_face & Q(look=Photo.Look.PEOPLE_MISSED)),
            waiting=Count("pk", filter=Q(status__in=[Photo.Status.WAITING, Photo.Status.SCANNING])),
            failed=Count("pk", filter=Q(status=Photo.Status.FAILED)),
            mask=Coalesce(Sum("mask_count", filter=done), 0),
            no_mask=Coalesce(Sum("no_mask_count", filter=done), 0),
            incorrect=Coalesce(Sum("incorrect_count", filter=done), 0),
            unsure=Coalesce(Sum("unsure_count", filter=done), 0),
        )
    )


def flagged_faces(user: User, span: Span) -> FaceQuerySet:
    """Faces without a mask, or with one worn wrongly, newest first."""
    photos = span.photos(visible_photos(user).done().violations())
    flagged = visible_faces(user).flagged().filter(photo__in=photos.order_by())
    return flagged.order_by("-photo__taken_at", "photo_id", "x", "id")


def csv_rows(user: User, span: Span) -> Iterator[list[object]]:
    """A header, then a row per face, or one per photo that has none; read from the database bit by bit."""
    yield list(CSV_HEADER)
    faces = Prefetch("faces", Face.objects.current().select_related("model_version", "finder_version"))
    photos = span.photos(visible_photos(user)).prefetch_related(faces).order_by("taken_at", "pk")
    for photo in photos.iterator(chunk_size=500):
        about_photo = [photo.pk, local_time(photo.taken_at), safe(photo.entrance.name), photo.status, photo.verdict]
        about_photo.append(photo.look if photo.is_without_face else "")
        rows = [about_face(face) for face in photo.faces.all()] or [[""] * (len(CSV_HEADER) - len(about_photo))]
        yield from (about_photo + row for row in rows)


def about_face(face: Face) -> list[object]:
    found = [face.finder, f"{face.finder_score:.3f}", safe(face.finder_version.name) if face.finder_version else ""]
    return [face.pk, face.label, f"{face.score:.3f}", *face.box, *found, face.judged_by, safe(face.model_version.name)]


def local_time(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def safe(text: str) -> str:
    """Keeps a spreadsheet from running a text that people typed as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text

"""What people may see, and what the pages ask. Every page, API call and picture starts from `visible_photos`."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeAlias

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from detection.models import Entrance, Face, ModelVersion, Photo, ScanSettings, Worker
from detection.querysets import FaceQuerySet, PhotoQuerySet
from detection.vision.labels import Verdict

User: TypeAlias = AbstractBaseUser | AnonymousUser


def visible_photos(user: User) -> PhotoQuerySet:
    """The photos a person may see. The one place that decides it."""
    photos = Photo.objects.select_related("entrance", "model_version", "finder_version")
    return photos if may(user, "view_photo") else photos.none()


def visible_faces(user: User) -> FaceQuerySet:
    """Faces of the last scan of the photos a person may see."""
    faces = Face.objects.current().select_related("photo__entrance", "model_version", "finder_version")
    return faces if may(user, "view_photo") else faces.none()


def may(user: User, action: str) -> bool:
    return isinstance(user, PermissionsMixin | AnonymousUser) and user.has_perm(f"detection.{action}")


def entrances() -> QuerySet[Entrance]:
    return Entrance.objects.select_related("school")


def default_entrance() -> Entrance:
    """The entrance of photos that name none."""
    found = entrances().order_by("-is_default", "pk").first()
    if found is None:
        raise Entrance.DoesNotExist("There is no entrance yet. Add one in the admin pages.")
    return found


def active_model_version(role: str = ModelVersion.Role.CLASSIFIER) -> ModelVersion | None:
    return active_model_versions().get(role)


def active_model_versions() -> dict[str, ModelVersion]:
    """By role; a role without an active version is left out."""
    return {version.role: version for version in ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE)}


def scan_settings() -> ScanSettings:
    """What an administrator chose; a row that is not stored, with nothing chosen, until somebody does."""
    return ScanSettings.objects.select_related("changed_by").first() or ScanSettings()


def chosen_finder() -> str:
    """The finder that searches the next photos: the administrators' choice, else the environment's."""
    return scan_settings().face_finder or settings.FACE_FINDER


def live_workers(now: datetime | None = None) -> QuerySet[Worker]:
    """Workers whose sign of life is recent."""
    oldest = (now or timezone.now()) - timedelta(seconds=settings.WORKER_SILENT_SECONDS)
    return Worker.objects.filter(seen_at__gte=oldest)


def live_scan_workers() -> list[Worker]:
    return [worker for worker in live_workers() if "scan" in worker.queues.split(",")]


@dataclass(frozen=True)
class DayCounts:
    """Photos of one day by what came out; each is in exactly one of the counts."""

    compliant: int
    flagged: int
    unsure: int
    no_face: int
    waiting: int
    failed: int

    @property
    def total(self) -> int:
        return self.compliant + self.flagged + self.unsure + self.no_face + self.waiting + self.failed


def day_counts(user: User, day: datetime | None = None) -> DayCounts:
    """Counts of the photos received on the local day of `day` (default: today)."""
    local = timezone.localtime(day)
    start = timezone.make_aware(datetime.combine(local.date(), time.min), local.tzinfo)
    photos = visible_photos(user).filter(received_at__gte=start, received_at__lt=start + timedelta(days=1))
    done = Q(status=Photo.Status.DONE)
    return DayCounts(
        **photos.aggregate(
            compliant=Count("pk", filter=done & Q(verdict=Verdict.COMPLIANT)),
            flagged=Count("pk", filter=done & Q(verdict=Verdict.VIOLATION)),
            unsure=Count("pk", filter=done & Q(verdict=Verdict.UNSURE)),
            no_face=Count("pk", filter=done & Q(verdict=Verdict.NO_FACE)),
            waiting=Count("pk", filter=Q(status__in=[Photo.Status.WAITING, Photo.Status.SCANNING])),
            failed=Count("pk", filter=Q(status=Photo.Status.FAILED)),
        )
    )


def recent_photos(user: User, limit: int = 12) -> PhotoQuerySet:
    return visible_photos(user).order_by("-received_at", "-id")[:limit]


def next_to_look_at(user: User, after: Photo) -> Photo | None:
    """Of the photos without a face that nobody has looked at: the one in line after this, else the first of them."""
    line = visible_photos(user).to_look_at().exclude(pk=after.pk)
    same_moment = Q(received_at=after.received_at, pk__gt=after.pk)
    return line.filter(Q(received_at__gt=after.received_at) | same_moment).first() or line.first()


def current_faces(photo: Photo) -> FaceQuerySet:
    """The faces of the photo's last scan, from left to right."""
    of_last_scan = photo.faces.filter(
        model_version=photo.model_version_id, finder=photo.finder, finder_version=photo.finder_version_id
    )
    return of_last_scan.select_related("model_version", "finder_version")

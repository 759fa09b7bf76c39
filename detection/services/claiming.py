"""The row is the queue: claiming waiting photos, giving them back, and giving up on those that kill workers."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from detection.models import Photo
from detection.querysets import PhotoQuerySet

CRASHED = "Scanning this photo stopped the worker several times. Look at the picture, then scan it again or delete it."


def claim_photos(wanted: Sequence[uuid.UUID | str]) -> list[Photo]:
    """Takes the wanted photos and then the oldest waiting ones, up to a chunk, for this worker alone.

    A conditional UPDATE decides: a photo that another worker has claimed, or that is done, is not in the answer.
    A photo that was tried before comes alone, so that one that kills the worker takes no other with it.
    """
    claim = uuid.uuid4()
    now = timezone.now()
    chosen = candidates(wanted)
    Photo.objects.waiting().filter(pk__in=chosen).update(
        status=Photo.Status.SCANNING,
        claim=claim,
        lease_until=now + timedelta(seconds=settings.SCAN_LEASE_SECONDS),
        attempts=F("attempts") + 1,
    )
    return list(Photo.objects.filter(claim=claim).order_by("received_at"))


def candidates(wanted: Sequence[uuid.UUID | str]) -> list[uuid.UUID]:
    """The first in line decides: one that was tried before comes alone, else all those that were not."""
    size = settings.SCAN_CHUNK
    line = Photo.objects.waiting().order_by("received_at").values_list("pk", "attempts")
    found = dict(line.filter(pk__in=list(wanted)[:size]))
    if len(found) < size:
        found |= dict(line.exclude(pk__in=found)[: size - len(found)])
    first = next(iter(found), None)
    if first is not None and found[first]:
        return [first]
    return [pk for pk, attempts in found.items() if not attempts]


def give_back(photos: Iterable[Photo], *, tried: bool = True) -> None:
    """Lets claimed photos wait again. `tried` counts the attempt, and the next worker takes each of them alone."""
    attempts = F("attempts") if tried else F("attempts") - 1
    for photo in photos:
        held(photo).update(status=Photo.Status.WAITING, claim=None, lease_until=None, attempts=attempts)


def fail(photo: Photo, code: str, detail: str) -> bool:
    """Ends the photo's scan with a reason for people; false when the claim was lost meanwhile."""
    changed = held(photo).update(
        status=Photo.Status.FAILED,
        claim=None,
        lease_until=None,
        scanned_at=timezone.now(),
        failure_code=code,
        failure_detail=detail,
    )
    return changed == 1


def held(photo: Photo) -> PhotoQuerySet:
    """The photo's row as long as this worker's claim on it stands."""
    return Photo.objects.filter(pk=photo.pk, claim=photo.claim, status=Photo.Status.SCANNING)


def release_expired() -> int:
    """Photos whose worker died wait again, or fail for good after too many attempts. Answers how many there were."""
    now = timezone.now()
    expired = Photo.objects.lease_expired(now)
    failed = expired.filter(attempts__gte=settings.SCAN_MAX_ATTEMPTS).update(
        status=Photo.Status.FAILED,
        claim=None,
        lease_until=None,
        scanned_at=now,
        failure_code="crashed",
        failure_detail=CRASHED,
    )
    return failed + expired.update(status=Photo.Status.WAITING, claim=None, lease_until=None)


def waiting_ids(limit: int) -> list[str]:
    """The photos that have waited longest."""
    ids = Photo.objects.waiting().order_by("received_at").values_list("pk", flat=True)[:limit]
    return [str(pk) for pk in ids]

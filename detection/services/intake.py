"""The one door in: every photo, whoever sends it, is checked, stored upright without metadata, and put in the queue."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from detection.models import Entrance, Photo
from detection.selectors import default_entrance
from detection.vision.errors import PhotoError
from detection.vision.images import Copies, Limits, make_copies

# A 12-megapixel photo takes 36 MB while it is decoded: so many at once, whatever the number of threads.
_decoding = BoundedSemaphore(settings.INTAKE_DECODES)
CHUNK = 1024 * 1024
OLDEST_TAKEN_AT = datetime(1990, 1, 1, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True)
class TakenIn:
    """`is_new` is false when the school already had the same bytes; `photo` is the first one then."""

    photo: Photo
    is_new: bool


def limits() -> Limits:
    return Limits(
        max_bytes=settings.PHOTO_MAX_BYTES,
        max_pixels=settings.PHOTO_MAX_PIXELS,
        max_side=settings.PHOTO_MAX_SIDE,
        min_side=settings.PHOTO_MIN_SIDE,
    )


def take_in(
    file: BinaryIO,
    *,
    source: Photo.Source,
    name: str = "",
    entrance: Entrance | None = None,
    taken_at: datetime | None = None,
    uploaded_by: User | None = None,
) -> TakenIn:
    """Stores a photo that waits to be scanned. The caller wakes the worker afterwards (detection.tasks).

    Without `entrance` the default one is used; without `taken_at` the camera's own time, else now.
    Raises PhotoError, and stores nothing, when the file is not a photo that can be taken.
    """
    entrance = entrance or default_entrance()
    sha256 = checked_sha256(file)
    if first := Photo.objects.filter(school=entrance.school_id, sha256=sha256).first():
        return TakenIn(first, is_new=False)
    with _decoding:
        copies = make_copies(file, limits(), thumbnail_side=settings.THUMBNAIL_SIDE)
    photo = Photo(
        school_id=entrance.school_id,
        entrance=entrance,
        uploaded_by=uploaded_by,
        source=source,
        original_name=clean_name(name),
        format=copies.format,
        sha256=sha256,
        width=copies.width,
        height=copies.height,
        taken_at=taken_at or camera_time(copies.taken_at),
    )
    return store(photo, copies)


def checked_sha256(file: BinaryIO) -> str:
    """The hash of the bytes received. Raises PhotoError as soon as there are more of them than allowed."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > settings.PHOTO_MAX_BYTES:
            raise PhotoError(
                "too_large",
                f"The file is larger than {settings.PHOTO_MAX_BYTES // CHUNK} MB. Send a smaller one.",
            )
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def store(photo: Photo, copies: Copies) -> TakenIn:
    """Files first, then the row: a row never names a file that is not there."""
    photo.image.save("", ContentFile(copies.picture), save=False)
    try:
        photo.thumbnail.save("", ContentFile(copies.thumbnail), save=False)
        with transaction.atomic():
            photo.save(force_insert=True)
    except IntegrityError:
        remove_files(photo)
        first = Photo.objects.filter(school=photo.school_id, sha256=photo.sha256).first()
        if first is None:
            raise
        return TakenIn(first, is_new=False)
    except BaseException:
        remove_files(photo)
        raise
    return TakenIn(photo, is_new=True)


def remove_files(photo: Photo) -> None:
    for file in (photo.image, photo.thumbnail):
        if file.name:
            file.storage.delete(file.name)


def clean_name(name: str) -> str:
    """The file's own name, as people see it on pages: no folders, no control characters, of bounded length."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:255]


def camera_time(taken_at: datetime | None) -> datetime:
    """The camera's clock, read in the school's time zone, unless it is plainly wrong."""
    now = timezone.now()
    if taken_at is None:
        return now
    aware = timezone.make_aware(taken_at)
    return aware if OLDEST_TAKEN_AT < aware <= now else now

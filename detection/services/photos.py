"""What people do with photos that are there: scan again, delete."""

import uuid
from collections.abc import Iterable

from django.core.files.storage import Storage
from django.db import transaction

from detection.models import Face, Photo
from detection.querysets import PhotoQuerySet


def scan_again(photos: PhotoQuerySet) -> list[str]:
    """Lets photos that are done or failed wait for a new scan; their faces stay until it replaces them.

    Answers the ids to wake the worker with; photos that wait or are being scanned already are left alone.
    """
    ended = photos.filter(status__in=[Photo.Status.DONE, Photo.Status.FAILED])
    ids = list(ended.values_list("pk", flat=True))
    Photo.objects.filter(pk__in=ids).update(
        status=Photo.Status.WAITING,
        attempts=0,
        claim=None,
        lease_until=None,
        failure_code="",
        failure_detail="",
    )
    return [str(pk) for pk in ids]


def delete_photos(ids: Iterable[uuid.UUID | str]) -> int:
    """Deletes rows and every file of the photos: picture, thumbnail, crops. Answers how many photos are gone."""
    photos = Photo.objects.filter(pk__in=list(ids))
    files = [(photo.image.storage, name) for photo in photos for name in (photo.image.name, photo.thumbnail.name)]
    storage = Face._meta.get_field("crop").storage
    files += [(storage, name) for name in Face.objects.filter(photo__in=photos).values_list("crop", flat=True)]
    with transaction.atomic():
        _, deleted = photos.delete()
        transaction.on_commit(lambda: delete_files(files))
    return deleted.get("detection.Photo", 0)


def delete_files(files: Iterable[tuple[Storage, str | None]]) -> None:
    for storage, name in files:
        if name:
            storage.delete(name)

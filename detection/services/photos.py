"""What people do with photos that are there: scan again, delete."""

import uuid
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db import transaction

from detection.models import Photo
from detection.querysets import PhotoQuerySet
from detection.services.files import delete_all_crops, delete_files

T = TypeVar("T")
ENDED = (Photo.Status.DONE, Photo.Status.FAILED)
AT_ONCE = 500  # rows of one transaction, and ids of one query


def scan_again(photos: PhotoQuerySet) -> list[str]:
    """Lets photos that are done or failed wait for a new scan; their faces stay until it replaces them.

    Answers the ids to wake the worker with; photos that wait or are being scanned already are left alone.
    """
    ids = list(photos.filter(status__in=ENDED).order_by().values_list("pk", flat=True))
    for some in in_parts(ids):
        Photo.objects.filter(pk__in=some, status__in=ENDED).update(
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
    return sum(delete_some(some) for some in in_parts(list(ids)))


def in_parts(ids: list[T]) -> Iterator[list[T]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


@transaction.atomic
def delete_some(ids: list[uuid.UUID | str]) -> int:
    """Rows first: should the process die in between, a row never names a file that is gone."""
    photos = list(Photo.objects.filter(pk__in=ids).only("pk", "image", "thumbnail"))
    _, deleted = Photo.objects.filter(pk__in=[photo.pk for photo in photos]).delete()
    transaction.on_commit(lambda: delete_files_of(photos))
    return deleted.get("detection.Photo", 0)


def delete_files_of(photos: Iterable[Photo]) -> None:
    for photo in photos:
        delete_files([photo.image.name, photo.thumbnail.name])
        delete_all_crops(photo.pk)

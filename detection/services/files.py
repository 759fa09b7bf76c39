"""The files of photos: their names come from rows, but a process that is killed may leave some that no row names."""

import uuid
from collections.abc import Iterable
from contextlib import suppress

from django.core.files.storage import default_storage

from detection.models import Face, crop_folder


def delete_files(names: Iterable[str | None]) -> None:
    for name in names:
        if name:
            default_storage.delete(name)


def delete_crops_without_row(photo_id: uuid.UUID) -> None:
    """What workers left of this photo that died between writing a crop and committing its row."""
    named = set(Face.objects.filter(photo_id=photo_id).values_list("crop", flat=True))
    delete_files(name for name in stored_crops(photo_id) if name not in named)


def delete_all_crops(photo_id: uuid.UUID) -> None:
    delete_files(stored_crops(photo_id))
    with suppress(OSError):  # a folder, where the storage has such things; not empty when a worker is at it still
        default_storage.delete(crop_folder(photo_id))


def stored_crops(photo_id: uuid.UUID) -> list[str]:
    folder = crop_folder(photo_id)
    try:
        _, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return [f"{folder}/{file}" for file in files]

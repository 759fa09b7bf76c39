"""Scanning again and deleting."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from detection.models import Face, Photo, crop_folder
from detection.services import photos as service
from detection.services.photos import delete_photos, scan_again
from tests.factories import PhotoFactory

pytestmark = pytest.mark.django_db


def files_of(photo: Photo) -> list[str]:
    return [photo.image.name, photo.thumbnail.name, *(face.crop.name for face in photo.faces.all())]


def test_deleting_removes_rows_and_every_file(django_capture_on_commit_callbacks: Any) -> None:
    gone, stays = PhotoFactory(labels=["mask", "no_mask"]), PhotoFactory(labels=["mask"])
    removed, kept = files_of(gone), files_of(stays)
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_photos([gone.pk]) == 1

    assert list(Photo.objects.all()) == [stays]
    assert Face.objects.count() == 1
    assert not any(default_storage.exists(name) for name in removed)
    assert all(default_storage.exists(name) for name in kept)
    assert not default_storage.exists(crop_folder(gone.pk))


def test_files_stay_until_the_deletion_is_committed(django_capture_on_commit_callbacks: Any) -> None:
    photo = PhotoFactory(labels=["mask"])
    names = files_of(photo)
    with django_capture_on_commit_callbacks(execute=False):
        delete_photos([photo.pk])

    assert all(default_storage.exists(name) for name in names)


def test_a_crop_that_no_row_names_goes_too(django_capture_on_commit_callbacks: Any) -> None:
    photo = PhotoFactory()
    left = default_storage.save(f"{crop_folder(photo.pk)}/left.jpg", ContentFile(b"a face"))
    with django_capture_on_commit_callbacks(execute=True):
        delete_photos([photo.pk])

    assert not default_storage.exists(left)


def test_more_photos_than_fit_into_one_query_are_deleted_in_parts(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 2)
    PhotoFactory.create_batch(5)
    with django_capture_on_commit_callbacks(execute=True) as parts:
        assert delete_photos(Photo.objects.values_list("pk", flat=True)) == 5

    assert len(parts) == 3
    assert not Photo.objects.exists()


def test_deleting_what_is_gone_already_deletes_nothing() -> None:
    photo = PhotoFactory()
    delete_photos([photo.pk])

    assert delete_photos([photo.pk]) == 0


@pytest.mark.parametrize("missing", ["image", "thumbnail"])
def test_a_file_that_is_gone_already_does_not_stop_the_deletion(
    missing: str, django_capture_on_commit_callbacks: Any
) -> None:
    photo = PhotoFactory()
    default_storage.delete(getattr(photo, missing).name)
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_photos([photo.pk]) == 1


def test_only_photos_that_ended_are_scanned_again() -> None:
    done, failed = PhotoFactory(labels=["mask"]), PhotoFactory(status="failed", failure_code="crashed", attempts=3)
    waiting, scanning = PhotoFactory(attempts=2), PhotoFactory(status="scanning", attempts=1)

    ids = scan_again(Photo.objects.all())

    assert set(ids) == {str(done.pk), str(failed.pk)}
    assert dict(Photo.objects.values_list("pk", "status")) == {
        done.pk: "waiting",
        failed.pk: "waiting",
        waiting.pk: "waiting",
        scanning.pk: "scanning",
    }
    for photo in (failed, waiting, scanning):
        photo.refresh_from_db()
    assert (failed.attempts, failed.failure) == (0, None)
    assert (waiting.attempts, scanning.attempts) == (2, 1)


def test_faces_and_verdict_stay_until_the_new_scan() -> None:
    photo = PhotoFactory(labels=["no_mask"])

    scan_again(Photo.objects.filter(pk=photo.pk))

    photo.refresh_from_db()
    assert photo.verdict == "violation"
    assert photo.faces.count() == 1

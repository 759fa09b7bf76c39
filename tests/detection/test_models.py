"""What the database itself forbids, and what rows say of themselves."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from detection.models import Entrance, Face, Photo, PhotoLook, ScanSettings, crop_folder
from tests.factories import (
    EntranceFactory,
    FaceFactory,
    FinderVersionFactory,
    ModelVersionFactory,
    PhotoFactory,
    PhotoLookFactory,
    SchoolFactory,
    WorkerFactory,
)

pytestmark = pytest.mark.django_db


def test_a_new_installation_has_a_place_for_its_first_photo() -> None:
    entrance = Entrance.objects.get(is_default=True)

    assert (entrance.slug, str(entrance), str(entrance.school)) == ("main", "Main entrance", "Our school")


# --- what cannot be --------------------------------------------------------------------------------------------
def test_a_school_has_the_same_bytes_once() -> None:
    photo = PhotoFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        PhotoFactory(entrance=photo.entrance, sha256=photo.sha256)
    PhotoFactory(entrance=EntranceFactory(), sha256=photo.sha256)


def test_a_model_version_finds_the_same_face_once() -> None:
    face = FaceFactory()
    again = {"photo": face.photo, "x": face.x, "y": face.y, "width": face.width, "height": face.height}

    with pytest.raises(IntegrityError), transaction.atomic():
        FaceFactory(model_version=face.model_version, **again)
    FaceFactory(model_version=ModelVersionFactory(), **again)


@pytest.mark.parametrize("finder_version", [None, FinderVersionFactory])
def test_a_finder_finds_the_same_face_once_and_another_one_may_find_it_too(finder_version: Any) -> None:
    face = FaceFactory(finder="ssd", finder_version=finder_version and finder_version())
    again = {name: getattr(face, name) for name in ("photo", "model_version", "x", "y", "width", "height")}

    with pytest.raises(IntegrityError), transaction.atomic():
        FaceFactory(finder="ssd", finder_version=face.finder_version, **again)
    FaceFactory(finder="yunet", finder_version=None, **again)
    FaceFactory(finder="ssd", finder_version=FinderVersionFactory(), **again)


@pytest.mark.parametrize("make", [ModelVersionFactory, FinderVersionFactory])
def test_one_model_version_of_each_role_is_active(make: Any) -> None:
    ModelVersionFactory(status="active")
    FinderVersionFactory(status="active")
    make.create_batch(2, status="retired")

    with pytest.raises(IntegrityError), transaction.atomic():
        make(status="active")


def test_one_entrance_is_the_default() -> None:
    EntranceFactory.create_batch(2, is_default=False)

    with pytest.raises(IntegrityError), transaction.atomic():
        EntranceFactory(is_default=True)


def test_an_entrance_has_its_name_once_per_school() -> None:
    gate = EntranceFactory(name="Gate")
    EntranceFactory(name="Gate", school=SchoolFactory())

    with pytest.raises(IntegrityError), transaction.atomic():
        EntranceFactory(name="Gate", school=gate.school)


def test_a_place_or_a_model_that_photos_need_stays() -> None:
    photo = PhotoFactory(labels=["mask"])

    for row in (photo.entrance, photo.school, photo.model_version):
        with pytest.raises(ProtectedError):
            row.delete()


def test_what_a_person_saw_stays_when_the_person_goes_and_goes_with_the_photo() -> None:
    look = PhotoLookFactory()
    look.person.delete()
    look.refresh_from_db()
    assert look.person is None

    look.photo.delete()

    assert not PhotoLook.objects.exists()


def test_a_person_may_go_and_the_photos_stay(staff) -> None:
    photo = PhotoFactory(uploaded_by=staff)

    staff.delete()

    photo.refresh_from_db()
    assert photo.uploaded_by is None


# --- what rows say ---------------------------------------------------------------------------------------------
def test_a_photo_counts_its_people_by_label() -> None:
    photo = PhotoFactory(labels=["mask", "mask", "incorrect"])

    assert photo.summary == {"mask": 2, "no_mask": 0, "incorrect": 1, "unsure": 0}
    assert photo.people == 3


@pytest.mark.parametrize(
    ("status", "is_open"), [("waiting", True), ("scanning", True), ("done", False), ("failed", False)]
)
def test_a_photo_is_open_until_it_ended(status: str, is_open: bool) -> None:
    assert Photo(status=status).is_open == is_open


def test_only_a_photo_that_failed_has_a_failure() -> None:
    assert Photo().failure is None
    assert Photo(failure_code="damaged", failure_detail="Cut off.").failure == {"code": "damaged", "detail": "Cut off."}


@pytest.mark.parametrize(
    ("label", "flagged"), [("mask", False), ("no_mask", True), ("incorrect", True), ("unsure", False)]
)
def test_faces_without_a_proper_mask_are_flagged(label: str, flagged: bool) -> None:
    assert Face(label=label).is_flagged == flagged


def test_rows_have_names_that_people_know() -> None:
    photo = PhotoFactory(original_name="monday.jpg")

    assert str(photo) == "monday.jpg"
    assert str(Photo(id=photo.pk)) == str(photo.pk)
    assert str(FaceFactory(label="no_mask", score=0.914)) == "no mask 91%"
    assert str(ModelVersionFactory(name="spring")) == "spring"
    assert str(PhotoLookFactory(answer="people_missed")) == "people missed"
    assert str(ScanSettings()) == "scan settings"
    assert str(WorkerFactory(name="scan@here")) == "scan@here"
    assert photo.get_absolute_url() == f"/photos/{photo.pk}/"


def test_all_crops_of_a_photo_lie_in_its_folder() -> None:
    faces = [FaceFactory(), FaceFactory()]

    for face in faces:
        assert face.crop.name.startswith(f"{crop_folder(face.photo_id)}/")
    assert faces[0].box == [10, 20, 50, 60]

"""What people say of photos without a face: kept as rows, and on the photo as what stands."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from detection.models import Photo, PhotoLook
from detection.services.looks import NothingToAnswerError, answer_look
from tests.detection.services.scans import scan_again
from tests.factories import PhotoFactory
from tests.scanners import scanned

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo() -> Photo:
    return PhotoFactory(labels=[])


def stands(photo: Photo) -> str:
    photo.refresh_from_db()
    return photo.look


def rows(photo: Photo) -> list[str]:
    return list(photo.looks.order_by("pk").values_list("answer", flat=True))


@pytest.mark.parametrize("answer", ["nobody_there", "people_missed"])
def test_an_answer_is_kept_with_who_gave_it(photo: Photo, staff: User, answer: str) -> None:
    answer_look(photo, answer, staff)

    assert stands(photo) == answer
    look = photo.looks.get()
    assert (look.answer, look.person) == (answer, staff)
    assert photo.verdict == "no_face"


def test_another_answer_outweighs_the_one_before_and_both_are_kept(photo: Photo, staff: User, admin_user: User) -> None:
    answer_look(photo, "nobody_there", staff)
    answer_look(photo, "people_missed", admin_user)

    assert stands(photo) == "people_missed"
    assert rows(photo) == ["nobody_there", "people_missed"]


def test_taking_back_is_a_new_row(photo: Photo, staff: User) -> None:
    answer_look(photo, "nobody_there", staff)
    answer_look(photo, "undone", staff)

    assert stands(photo) == ""
    assert rows(photo) == ["nobody_there", "undone"]
    assert list(Photo.objects.to_look_at()) == [photo]


@pytest.mark.parametrize("answer", ["nobody_there", "undone"])
def test_the_same_again_changes_nothing(photo: Photo, staff: User, answer: str) -> None:
    answer_look(photo, "nobody_there", staff)
    answer_look(photo, answer, staff)
    known = rows(photo)

    answer_look(photo, answer, staff)

    assert rows(photo) == known


@pytest.mark.parametrize(
    "about",
    [
        {"labels": ["mask"]},
        {"status": "waiting"},
        {"status": "scanning", "verdict": "no_face"},
        {"status": "failed", "verdict": "no_face"},
    ],
)
@pytest.mark.parametrize("answer", ["nobody_there", "undone"])
def test_there_must_be_something_to_answer(staff: User, about: dict[str, Any], answer: str) -> None:
    photo = PhotoFactory(**about)

    with pytest.raises(NothingToAnswerError):
        answer_look(photo, answer, staff)

    assert (stands(photo), PhotoLook.objects.count()) == ("", 0)


def test_an_answer_outlives_a_scan_that_finds_nobody_again(
    photo: Photo, staff: User, version: Any, finder_version: Any, use: Callable[[Any], Any]
) -> None:
    answer_look(photo, "people_missed", staff)
    use(scanned())
    assert scan_again(photo).look == "people_missed"

    use(scanned("mask"))
    scan_again(photo)

    assert (photo.verdict, photo.people) == ("compliant", 1)
    assert not Photo.objects.without_face().exists()

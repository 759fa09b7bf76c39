"""What people say of photos without a face, over the API."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from detection.models import Photo, PhotoLook
from tests.factories import PhotoFactory, PhotoLookFactory

pytestmark = pytest.mark.django_db


def look_at(api: APIClient, photo: Photo, **said: Any) -> Any:
    return api.post(f"/api/v1/photos/{photo.pk}/look/", said)


@pytest.mark.parametrize("said", ["nobody_there", "people_missed"])
def test_an_answer_is_kept_and_told_from_then_on(api: APIClient, staff: User, said: str) -> None:
    photo = PhotoFactory(labels=[])

    answer = look_at(api, photo, answer=said)

    assert (answer.status_code, answer.json()["look"]) == (200, said)
    assert PhotoLook.objects.get().person == staff
    (row,) = api.get("/api/v1/photos/").json()["results"]
    assert (row["verdict"], row["look"]) == ("no_face", said)


def test_an_answer_can_be_taken_back(api: APIClient) -> None:
    photo = PhotoLookFactory().photo

    assert look_at(api, photo, answer="undone").json()["look"] is None
    assert photo.looks.count() == 2


@pytest.mark.parametrize(("said", "code"), [({"answer": "perhaps"}, "invalid_choice"), ({}, "required")])
def test_what_is_no_answer_is_refused(api: APIClient, said: dict[str, str], code: str) -> None:
    answer = look_at(api, PhotoFactory(labels=[]), **said)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not PhotoLook.objects.exists()


def test_a_photo_with_faces_has_nothing_to_answer(api: APIClient) -> None:
    answer = look_at(api, PhotoFactory(labels=["mask"]), answer="nobody_there")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_answer")


def test_a_photo_that_is_not_there_is_404(api: APIClient) -> None:
    assert api.post(f"/api/v1/photos/{uuid4()}/look/", {"answer": "nobody_there"}).status_code == 404


def test_who_may_only_look_answers_nothing(api_with: Callable[..., APIClient]) -> None:
    assert look_at(api_with("view_photo"), PhotoFactory(labels=[]), answer="nobody_there").status_code == 403
    assert not PhotoLook.objects.exists()


def test_photos_are_filtered_by_what_people_saw(api: APIClient) -> None:
    unseen, seen = PhotoFactory(labels=[]), PhotoLookFactory().photo

    def ids(look: str) -> list[str]:
        return [row["id"] for row in api.get("/api/v1/photos/", {"look": look}).json()["results"]]

    assert ids("not_yet") == [str(unseen.pk)]
    assert ids("nobody_there") == [str(seen.pk)]


def test_the_report_counts_those_looked_at(api: APIClient) -> None:
    PhotoFactory(labels=[])
    PhotoLookFactory(answer="people_missed")

    answer = api.get("/api/v1/report/").json()

    assert (answer["no_face"], answer["no_face_looked_at"], answer["no_face_people_missed"]) == (2, 1, 1)

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.base import ContentFile
from PIL import Image
from rest_framework.response import Response
from rest_framework.test import APIClient

from detection.models import Photo
from tests.factories import PhotoFactory, picture

pytestmark = pytest.mark.django_db


def get(client: APIClient, photo: Photo, **asked: Any) -> Response:
    return client.get(f"/api/v1/photos/{photo.pk}/image/", asked)


def content(answer: Any) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


def pixels(answer: Any) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content(answer))), dtype=np.int16)


def test_the_picture_is_sent_as_it_is_stored(api: APIClient) -> None:
    photo = PhotoFactory()

    answer = get(api, photo)

    assert answer.status_code == 200
    assert content(answer) == photo.image.read()


@pytest.mark.parametrize("asked", [{}, {"annotated": "1"}])
def test_nobody_may_keep_a_picture_or_take_it_for_something_else(api: APIClient, asked: dict[str, str]) -> None:
    answer = get(api, PhotoFactory(labels=["mask"]), **asked)

    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store, private"
    assert content(answer).startswith(b"\xff\xd8")


def test_an_annotated_picture_has_the_size_of_the_plain_one_and_a_mark_at_the_face(api: APIClient) -> None:
    photo = PhotoFactory(labels=["no_mask"])
    face = photo.faces.get()
    plain, marked = pixels(get(api, photo)), pixels(get(api, photo, annotated="1"))

    assert marked.shape == plain.shape
    changed = np.abs(marked - plain).max(axis=2) > 60
    assert changed[:, face.x - 3 : face.x + 4].any()
    assert not changed[:, 200:].any()


@pytest.mark.parametrize("value", ["0", "false", ""])
def test_annotations_can_be_declined(api: APIClient, value: str) -> None:
    photo = PhotoFactory(labels=["mask"])

    assert content(get(api, photo, annotated=value)) == photo.image.read()


def test_a_photo_not_scanned_yet_has_nothing_to_mark(api: APIClient) -> None:
    photo = PhotoFactory()

    marked = get(api, photo, annotated="true")

    assert np.abs(pixels(marked) - pixels(get(api, photo))).max() <= 8  # saved as JPEG once more, that is all


def test_a_word_that_is_no_yes_or_no_is_refused(api: APIClient) -> None:
    answer = get(api, PhotoFactory(), annotated="maybe")

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("annotated: ")


@pytest.mark.parametrize("accepted", ["image/jpeg", "image/webp,image/*", "text/html", "*/*"])
def test_a_picture_comes_as_jpeg_and_a_refusal_as_json_whatever_is_accepted(api: APIClient, accepted: str) -> None:
    there = api.get(f"/api/v1/photos/{PhotoFactory().pk}/image/", HTTP_ACCEPT=accepted)
    not_there = api.get(f"/api/v1/photos/{uuid4()}/image/", HTTP_ACCEPT=accepted)

    assert (there.status_code, there["Content-Type"]) == (200, "image/jpeg")
    assert (not_there.status_code, not_there.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("asked", [{}, {"annotated": "1"}])
def test_a_picture_lost_from_the_disk_is_404_with_what_to_do(api: APIClient, asked: dict[str, str]) -> None:
    photo = PhotoFactory()
    photo.image.storage.delete(photo.image.name)

    answer = get(api, photo, **asked)

    assert answer.status_code == 404
    assert answer.json()["code"] == "missing_file"


@pytest.mark.parametrize("damage", [b"", b"no picture", picture()[:500]])
def test_a_stored_picture_that_went_bad_is_no_crash(api: APIClient, damage: bytes) -> None:
    photo = PhotoFactory(labels=["mask"], image=ContentFile(damage, "picture.jpg"))

    assert get(api, photo, annotated="1").json()["code"] == "missing_file"


def test_strangers_and_people_without_permission_get_no_picture(
    stranger: APIClient, api_with: Callable[..., APIClient]
) -> None:
    photo = PhotoFactory()

    assert get(stranger, photo).status_code == 401
    assert get(api_with("add_photo"), photo).status_code == 403


def test_a_signed_in_browser_shows_the_picture(staff_client: APIClient) -> None:
    assert get(staff_client, PhotoFactory()).status_code == 200


def test_head_tells_what_get_would_send(api: APIClient) -> None:
    answer = api.head(f"/api/v1/photos/{PhotoFactory().pk}/image/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")

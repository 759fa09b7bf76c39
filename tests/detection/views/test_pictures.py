from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.factories import FaceFactory, PhotoFactory

pytestmark = pytest.mark.django_db


def get(client: Client, name: str, pk: object) -> HttpResponseBase:
    return client.get(reverse(f"detection:{name}", args=[pk]))


@pytest.mark.parametrize(("name", "size"), [("image", (320, 240)), ("thumbnail", (80, 60))])
def test_pictures_are_sent_as_jpeg_that_nobody_keeps(staff_client: Client, name: str, size: tuple[int, int]) -> None:
    answer = get(staff_client, name, PhotoFactory().pk)

    assert Image.open(BytesIO(answer.getvalue())).size == size  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store, private"


def test_crops_of_the_last_scan_are_sent(staff_client: Client) -> None:
    face = PhotoFactory(labels=["no_mask"]).faces.get()

    answer = get(staff_client, "crop", face.pk)

    assert Image.open(BytesIO(answer.getvalue())).size == (64, 64)  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/jpeg"


def test_crops_of_earlier_scans_are_not(staff_client: Client) -> None:
    assert get(staff_client, "crop", FaceFactory(photo=PhotoFactory(labels=["mask"])).pk).status_code == 404


def test_a_face_without_a_crop_is_not_found(staff_client: Client) -> None:
    photo = PhotoFactory(labels=["mask"])
    photo.faces.update(crop="")

    assert get(staff_client, "crop", photo.faces.get().pk).status_code == 404


def test_a_lost_file_is_not_found_rather_than_an_error(staff_client: Client) -> None:
    photo = PhotoFactory()
    default_storage.delete(photo.image.name)

    assert get(staff_client, "image", photo.pk).status_code == 404


def test_no_address_leads_to_the_files_past_the_check(staff_client: Client) -> None:
    photo = PhotoFactory()

    assert not settings.MEDIA_URL.strip("/")
    assert staff_client.get(f"/{photo.image.name}").status_code == 404
    assert staff_client.get(f"/media/{photo.image.name}").status_code == 404

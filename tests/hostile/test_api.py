"""Every hostile file sent to the API: a clear answer each time, and nothing kept of what is refused."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.response import Response
from rest_framework.test import APIClient

from detection.api.errors import PHOTO_STATUS
from detection.models import Photo
from tests.hostile.files import FILES, REFUSED, TAKEN, HostileFile

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::UserWarning:PIL")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def client(staff: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(staff)
    return client


def send(client: APIClient, file: HostileFile) -> Response:
    return client.post("/api/v1/photos/", {"image": SimpleUploadedFile(file.name, file.content)}, format="multipart")


def kept(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("file", REFUSED, ids=repr)
def test_it_is_refused_with_its_code_and_nothing_is_kept(client: APIClient, media: Path, file: HostileFile) -> None:
    answer = send(client, file)

    assert (answer.status_code, answer.json()["code"]) == (PHOTO_STATUS.get(file.code, 400), file.code)
    assert set(answer.json()) == {"code", "detail"}
    assert not Photo.objects.exists()
    assert kept(media) == []


@pytest.mark.parametrize("file", TAKEN, ids=repr)
def test_it_is_taken_in_as_a_plain_upright_jpeg(client: APIClient, media: Path, file: HostileFile) -> None:
    answer = send(client, file)

    assert answer.status_code == 202
    assert (answer.json()["width"], answer.json()["height"]) == file.size
    assert len(kept(media)) == 2
    with Image.open(Photo.objects.get().image) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", file.size)
        assert not picture.getexif()

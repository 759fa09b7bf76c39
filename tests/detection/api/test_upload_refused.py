"""What is sent and not taken: each with its status and code, and nothing kept of it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from rest_framework.test import APIClient

from detection.models import Photo
from tests.detection.api.sending import URL, send
from tests.factories import picture

pytestmark = pytest.mark.django_db


def bomb() -> bytes:
    buffer = BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    return buffer.getvalue()


REFUSED = [
    pytest.param(lambda: b"", 400, "empty", id="empty"),
    pytest.param(lambda: picture()[:400], 400, "damaged", id="cut short"),
    pytest.param(lambda: picture(8, 8), 400, "side_too_short", id="tiny"),
    pytest.param(lambda: picture(12_001, 40), 400, "side_too_long", id="long"),
    pytest.param(bomb, 413, "too_many_pixels", id="bomb"),
    pytest.param(lambda: b"%PDF-1.7 not a photo", 415, "unsupported_format", id="pdf"),
    pytest.param(lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_format", id="svg"),
    pytest.param(lambda: picture(format="GIF"), 415, "unsupported_format", id="gif"),
]


@pytest.mark.parametrize(("make", "status", "code"), REFUSED)
def test_what_is_no_photo_to_take_is_refused_with_a_code(
    api: APIClient, settings: Any, make: Callable[[], bytes], status: int, code: str
) -> None:
    answer = send(api, make())

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "detail"}
    assert answer.json()["code"] == code
    assert not Photo.objects.exists()
    assert stored_files(settings) == []


def stored_files(settings: Any) -> list[Any]:
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_photo_larger_than_allowed_is_413(api: APIClient, settings: Any) -> None:
    settings.PHOTO_MAX_BYTES = 1000

    answer = send(api, picture() + b"\0" * 600_000)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert stored_files(settings) == []


def test_form_fields_that_are_too_large_are_413(api: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = send(api, entrance="x" * 2000)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_more_files_than_a_form_may_have_are_refused(api: APIClient, settings: Any) -> None:
    files = {f"file{number}": SimpleUploadedFile("a.jpg", b"x") for number in range(20)}

    answer = api.post(URL, files, format="multipart")

    assert answer.status_code == 400
    assert answer.json()["code"] == "parse_error"


def test_two_photos_in_one_request_are_refused_rather_than_one_lost(api: APIClient) -> None:
    files = [SimpleUploadedFile(f"{n}.jpg", picture(colour=(n, n, n))) for n in range(2)]

    answer = api.post(URL, {"image": files}, format="multipart")

    assert answer.status_code == 400
    assert answer.json()["code"] == "one_at_a_time"
    assert not Photo.objects.exists()


def test_without_an_image_the_sentence_says_how_to_send_one(api: APIClient) -> None:
    answer = api.post(URL, {"entrance": ""}, format="multipart")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "required",
        "detail": "image: Send the photo as a file in this field of a multipart form.",
    }


def test_an_image_sent_as_text_is_refused(api: APIClient) -> None:
    answer = api.post(URL, {"image": "not a file"}, format="multipart")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"image": "aGk="}', "application/json"),
        (picture(), "image/jpeg"),
        (b"image=x", "application/x-www-form-urlencoded"),
        (b"hello", "text/plain"),
    ],
)
def test_anything_but_a_multipart_form_is_415(api: APIClient, body: bytes, kind: str) -> None:
    answer = api.post(URL, body, content_type=kind)

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"no boundary at all", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n\r\n--x--", "multipart/form-data; boundary=" + "x" * 210),
        (b"--x--", "multipart/form-data; boundary=x; charset=nonsense"),
        (b"", "multipart/form-data; boundary=x"),
    ],
)
def test_a_broken_form_is_refused_whoever_sends_it(
    api: APIClient, staff_client: Client, body: bytes, kind: str
) -> None:
    for client in (api, staff_client):
        answer = client.generic("POST", URL, body, kind)

        assert answer.status_code == 400
        assert set(answer.json()) == {"code", "detail"}


def test_a_broken_form_in_which_no_csrf_token_can_be_found_is_refused(staff: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)

    answer = browser.generic("POST", URL, b"garbage", "multipart/form-data")

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"

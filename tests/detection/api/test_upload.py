from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import ANY
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError
from PIL import Image
from rest_framework.test import APIClient

from detection import tasks
from detection.models import Entrance, Photo
from tests.detection.api.sending import send
from tests.factories import EntranceFactory, PhotoFactory, picture

pytestmark = pytest.mark.django_db
Capture = Callable[..., Any]


def test_a_photo_is_taken_in_and_waits(api: APIClient, staff: User) -> None:
    answer = send(api)

    photo = Photo.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "id": str(photo.pk),
        "status": "waiting",
        "url": f"http://testserver/api/v1/photos/{photo.pk}/",
        "entrance": Entrance.objects.get(is_default=True).slug,
        "taken_at": ANY,
        "received_at": ANY,
        "width": 320,
        "height": 240,
    }
    assert answer["Location"] == answer.json()["url"]
    assert (photo.source, photo.uploaded_by, photo.original_name) == ("api", staff, "IMG_1.jpg")


def test_the_address_in_the_receipt_answers(api: APIClient) -> None:
    receipt = send(api).json()

    assert api.get(receipt["url"]).json()["id"] == receipt["id"]


def test_a_worker_is_woken_once_the_row_is_there(
    api: APIClient, woken: list[str], django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        answer = send(api)
        assert woken == []
    for callback in callbacks:
        callback()

    assert woken == [answer.json()["id"]]


def test_a_photo_is_taken_in_while_the_broker_is_down(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    def no_answer(*_: Any, **__: Any) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr(tasks.scan_photos, "apply_async", no_answer)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        answer = send(api)

    assert len(callbacks) == 1
    assert answer.status_code == 202
    assert Photo.objects.get().status == "waiting"


def test_the_same_bytes_again_answer_with_the_first_photo(
    api: APIClient, woken: list[str], django_capture_on_commit_callbacks: Capture
) -> None:
    first = send(api)
    with django_capture_on_commit_callbacks(execute=True):
        again = send(api, name="another name.jpg")

    assert again.status_code == 200
    assert again.json() == first.json()
    assert Photo.objects.count() == 1
    assert woken == []


def test_the_first_photo_is_told_with_what_became_of_it(api: APIClient) -> None:
    Photo.objects.filter(pk=send(api).json()["id"]).update(status="done")

    assert send(api).json()["status"] == "done"


def test_a_photo_goes_to_the_entrance_it_names(api: APIClient) -> None:
    gate = EntranceFactory(slug="north-gate")

    assert send(api, entrance="north-gate").json()["entrance"] == "north-gate"
    assert Photo.objects.get().entrance == gate


@pytest.mark.parametrize("slug", ["nowhere", "a\0b", "ünknown", "x" * 1000, "<script>"])
def test_an_entrance_that_is_not_there_is_refused_and_nothing_kept(api: APIClient, slug: str) -> None:
    answer = send(api, entrance=slug)

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "detail"}
    assert not Photo.objects.exists()


def test_the_refusal_says_where_entrances_are_listed(api: APIClient) -> None:
    answer = send(api, entrance="nowhere").json()

    assert answer["code"] == "unknown_entrance"
    assert "nowhere" in answer["detail"]
    assert "/api/v1/entrances/" in answer["detail"]


def test_fields_left_empty_count_as_left_out(api: APIClient) -> None:
    answer = send(api, entrance="", taken_at="")

    assert answer.status_code == 202
    assert Photo.objects.get().entrance.is_default


def test_without_any_entrance_the_sentence_says_what_to_do(api: APIClient) -> None:
    Entrance.objects.all().delete()

    answer = send(api)

    assert answer.status_code == 400
    assert answer.json()["code"] == "no_entrance"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-03-02T07:45:00Z", datetime(2026, 3, 2, 7, 45, tzinfo=UTC)),
        ("2026-03-02T07:45:00+02:00", datetime(2026, 3, 2, 5, 45, tzinfo=UTC)),
        ("2026-03-02T07:45", timezone.make_aware(datetime(2026, 3, 2, 7, 45))),  # noqa: DTZ001
    ],
)
def test_taken_at_is_kept_as_said(api: APIClient, said: str, meant: datetime) -> None:
    assert send(api, taken_at=said).status_code == 202
    assert Photo.objects.get().taken_at == meant


def test_a_time_without_zone_is_the_schools_wherever_the_person_is(api: APIClient) -> None:
    with timezone.override("Asia/Tokyo"):
        send(api, taken_at="2026-03-02T07:45")

    assert Photo.objects.get().taken_at == timezone.make_aware(
        datetime(2026, 3, 2, 7, 45),  # noqa: DTZ001
        timezone.get_default_timezone(),
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("2999-01-01T00:00:00Z", "in_future"),
        ("1989-12-31T00:00:00Z", "too_old"),
        ("0001-01-01T00:00:00+14:00", "overflow"),
        ("9999-12-31T23:59:59-14:00", "overflow"),
        ("yesterday", "invalid"),
        ("2026-13-40T00:00:00Z", "invalid"),
        ("\0", "invalid"),
    ],
)
def test_a_time_that_cannot_be_is_refused(api: APIClient, said: str, code: str) -> None:
    answer = send(api, taken_at=said)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["detail"].startswith("taken_at: ")
    assert not Photo.objects.exists()


def test_an_hour_from_now_is_the_future(api: APIClient) -> None:
    said = (timezone.now() + timedelta(hours=1)).isoformat()

    assert send(api, taken_at=said).json()["code"] == "in_future"


def test_a_camera_whose_clock_is_a_minute_ahead_is_believed_to_mean_now(api: APIClient) -> None:
    send(api, taken_at=(timezone.now() + timedelta(minutes=1)).isoformat())

    assert Photo.objects.get().taken_at <= timezone.now()


def test_a_name_with_folders_is_no_way_out_of_the_media_folder(api: APIClient) -> None:
    assert send(api, name="../../etc/passwd.jpg").status_code == 202

    photo = Photo.objects.get()
    assert photo.original_name == "passwd.jpg"
    assert photo.image.name == f"photos/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"


def test_where_and_with_what_a_photo_was_taken_is_not_kept(api: APIClient) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    send(api, picture(exif=exif))

    assert b"Secret Camera" not in Photo.objects.get().image.read()


def test_who_may_only_send_learns_nothing_about_what_is_on_it(api_with: Callable[..., APIClient]) -> None:
    camera = api_with("add_photo")
    receipt = send(camera)
    PhotoFactory(labels=["no_mask"])
    Photo.objects.filter(pk=receipt.json()["id"]).update(verdict="violation", status="done")

    assert receipt.status_code == 202
    assert "verdict" not in send(camera).json()
    assert camera.get(receipt.json()["url"]).status_code == 403


def test_who_may_only_look_sends_nothing(api_with: Callable[..., APIClient]) -> None:
    answer = send(api_with("view_photo"))

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"
    assert not Photo.objects.exists()


def test_a_signed_in_browser_needs_the_csrf_token(staff: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)

    answer = send(browser)

    assert answer.status_code == 403
    assert set(answer.json()) == {"code", "detail"}
    assert "CSRF" in answer.json()["detail"]
    assert not Photo.objects.exists()


def test_sending_takes_a_handful_of_queries(
    api: APIClient, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    send(api, picture(64, 64))

    with django_assert_max_num_queries(8):  # token, two for permissions, entrance, same bytes?, savepoint, row
        send(api, name=f"{uuid4()}.jpg")

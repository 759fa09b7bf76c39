from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.test import APIClient

from detection.api.throttles import PEOPLE_PER_ADDRESS, AddressThrottle, PairThrottle
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/token/"


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """So often that only the lock-out can say no."""
    monkeypatch.setattr(PairThrottle, "THROTTLE_RATES", {"token": "1000/min"})
    monkeypatch.setattr(AddressThrottle, "THROTTLE_RATES", {"token": "1000/min"})


def ask(client: APIClient, username: str, password: str = PASSWORD, **extra: Any) -> Response:
    return client.post(URL, {"username": username, "password": password}, **extra)


def test_name_and_password_give_a_token_that_opens_the_api(stranger: APIClient, staff: User) -> None:
    answer = ask(stranger, staff.username)

    assert answer.status_code == 200
    assert answer.json() == {"token": Token.objects.get(user=staff).key}
    stranger.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    assert stranger.get("/api/v1/photos/").status_code == 200


def test_the_token_stays_the_same_and_no_session_is_made(stranger: APIClient, staff: User) -> None:
    assert ask(stranger, staff.username).json() == ask(stranger, staff.username).json()
    assert Session.objects.count() == 0


def test_nobody_on_the_way_may_keep_the_token(stranger: APIClient, staff: User) -> None:
    assert ask(stranger, staff.username)["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("kind", ["json", "multipart"])
def test_credentials_come_as_json_or_as_a_form(stranger: APIClient, staff: User, kind: str) -> None:
    assert ask(stranger, staff.username, format=kind).status_code == 200


def test_credentials_come_as_a_plain_form(stranger: APIClient, staff: User) -> None:
    body = f"username={staff.username}&password={PASSWORD.replace(' ', '+')}"

    answer = stranger.post(URL, body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 200


def test_a_wrong_password_gives_no_token(stranger: APIClient, staff: User) -> None:
    answer = ask(stranger, staff.username, "a guess")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json()["code"] == "wrong_credentials"
    assert Token.objects.count() == 0


def test_an_unknown_name_and_a_wrong_password_are_told_alike(stranger: APIClient, staff: User) -> None:
    assert ask(stranger, "nobody").json() == ask(stranger, staff.username, "a guess").json()


def test_an_account_that_was_switched_off_gets_no_token(stranger: APIClient) -> None:
    assert ask(stranger, UserFactory(is_active=False).username).json()["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"username": "ann"}, "required", "password"),
        ({"password": "secret"}, "required", "username"),
        ({"username": "a\0b", "password": "secret"}, "null_characters_not_allowed", "username"),
        ({"username": "x" * 151, "password": "secret"}, "max_length", "username"),
        ({"username": {"name": "ann"}, "password": "secret"}, "invalid", "username"),
        (["ann", "secret"], "invalid", ""),
        ("ann", "invalid", ""),
    ],
)
def test_credentials_of_another_shape_are_refused(stranger: APIClient, body: Any, code: str, field: str) -> None:
    answer = stranger.post(URL, body)

    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["detail"].startswith(field)


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"username": NaN}', b'{"username": "\\ud800", "password": "x"}']
)
def test_broken_json_is_refused(stranger: APIClient, body: bytes) -> None:
    answer = stranger.post(URL, body, content_type="application/json")

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "detail"}


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_without_end_is_not_read(stranger: APIClient, settings: Any, kind: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = stranger.post(URL, b"x" * 1001, content_type=kind)

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_asking_too_often_for_one_name_has_to_wait(
    stranger: APIClient, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PairThrottle, "THROTTLE_RATES", {"token": "2/min"})
    answers = [ask(stranger, staff.username).status_code for _ in range(3)]

    assert answers == [200, 200, 429]
    refused = ask(stranger, staff.username)
    assert refused.json()["code"] == "throttled"
    assert 0 < int(refused["Retry-After"]) <= 60


def test_another_name_or_another_address_need_not_wait(
    stranger: APIClient, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PairThrottle, "THROTTLE_RATES", {"token": "1/min"})
    ask(stranger, staff.username)

    assert ask(stranger, staff.username).status_code == 429
    assert ask(stranger, UserFactory().username).status_code == 200
    assert ask(stranger, staff.username, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_many_names_from_one_address_have_to_wait_in_the_end(
    stranger: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AddressThrottle, "THROTTLE_RATES", {"token": "1/min"})
    answers = [ask(stranger, f"name{number}").status_code for number in range(PEOPLE_PER_ADDRESS + 1)]

    assert answers == [401] * PEOPLE_PER_ADDRESS + [429]


@pytest.mark.usefixtures("often")
def test_too_many_wrong_passwords_lock_the_name_out_even_with_the_right_one(
    stranger: APIClient, staff: User, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    codes = [ask(stranger, staff.username, "a guess").json()["code"] for _ in range(3)]
    right = ask(stranger, staff.username)

    assert codes == ["wrong_credentials", "wrong_credentials", "locked_out"]
    assert right.status_code == 429
    assert right.json()["code"] == "locked_out"
    assert timedelta(seconds=int(right["Retry-After"])) == timedelta(minutes=15)
    assert "15 minutes" in right.json()["detail"]


@pytest.mark.usefixtures("often")
def test_a_locked_out_name_is_locked_out_of_the_sign_in_page_too(
    stranger: APIClient, staff: User, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(2):
        ask(stranger, staff.username, "a guess")

    assert not stranger.login(username=staff.username, password=PASSWORD, request=request_like(stranger))


@pytest.mark.usefixtures("often")
def test_the_right_password_forgets_the_wrong_ones(stranger: APIClient, staff: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for password in ("a guess", "a guess", PASSWORD, "a guess"):
        ask(stranger, staff.username, password)

    assert ask(stranger, staff.username).status_code == 200
    assert AccessAttempt.objects.count() == 0


@pytest.mark.usefixtures("often")
def test_the_password_is_not_written_down_when_it_was_wrong(stranger: APIClient, staff: User) -> None:
    stranger.post(URL, {"username": staff.username, "password": "almost right"}, format="multipart")

    attempt = AccessAttempt.objects.get()
    assert attempt.username == staff.username
    assert "almost right" not in attempt.post_data


def request_like(client: APIClient) -> Any:
    """What the sign-in page hands to the backends."""
    return client.get("/healthz").wsgi_request

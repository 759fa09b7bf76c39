"""Every refusal is `{"code", "detail"}`, whoever it comes from."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail
from rest_framework.test import APIClient

from detection.api.errors import as_body, handle
from detection.vision.errors import PhotoError
from tests.factories import PhotoFactory


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PhotoError("too_large", "Too large."), 413, "too_large"),
        (PhotoError("too_many_pixels", "Too many."), 413, "too_many_pixels"),
        (PhotoError("unsupported_format", "No picture."), 415, "unsupported_format"),
        (PhotoError("damaged", "Broken."), 400, "damaged"),
        (PhotoError("side_too_long", "Too long."), 400, "side_too_long"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (UnreadablePostError(), 400, "parse_error"),
        (exceptions.Throttled(3), 429, "throttled"),
        (OperationalError("database is locked"), 503, "unavailable"),
    ],
)
def test_an_error_has_one_status_and_code(error: Exception, status: int, code: str) -> None:
    answer = handle(error, {})

    assert answer is not None
    assert answer.status_code == status
    assert answer.data["code"] == code
    assert answer.data["detail"]
    assert set(answer.data) == {"code", "detail"}


def test_an_error_nobody_foresaw_is_left_to_django() -> None:
    assert handle(ZeroDivisionError(), {}) is None


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"image": [ErrorDetail("Send it.", "required")]}, {"code": "required", "detail": "image: Send it."}),
        ({"detail": ErrorDetail("No.", "not_found")}, {"code": "not_found", "detail": "No."}),
        ([ErrorDetail("No.", "invalid")], {"code": "invalid", "detail": "No."}),
        ({"non_field_errors": [ErrorDetail("No.", "odd")]}, {"code": "odd", "detail": "No."}),
        ({"a": {"b": [ErrorDetail("No.", "odd")]}}, {"code": "odd", "detail": "a: b: No."}),
        ({"start": ["Not a day."]}, {"code": "invalid", "detail": "start: Not a day."}),
    ],
)
def test_of_several_problems_the_first_is_told_with_its_field(data: Any, body: dict[str, str]) -> None:
    assert as_body(data) == body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("put", "/api/v1/photos/"),
        ("delete", "/api/v1/photos/"),
        ("options", "/api/v1/photos/"),
        ("post", "/api/v1/report/"),
        ("get", "/api/v1/token/"),
        ("options", "/api/v1/token/"),
    ],
)
def test_a_method_that_is_not_there_is_405_and_names_those_that_are(api: APIClient, method: str, url: str) -> None:
    answer = getattr(api, method)(url)

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert answer["Allow"]


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/api/", "/api/v1/", "/api/v1/photos", "/api/v1/photos/1/", "/api/v2/photos/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_is_not_there_is_404_in_json(stranger: APIClient, method: str, url: str) -> None:
    answer = getattr(stranger, method)(url)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert "/api/docs/" in answer.json()["detail"]


@pytest.mark.django_db
def test_an_answer_in_another_language_than_json_is_406(api: APIClient) -> None:
    answer = api.get("/api/v1/photos/", HTTP_ACCEPT="application/xml")

    assert answer.status_code == 406
    assert answer.json()["code"] == "not_acceptable"


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_503_with_a_time_to_wait(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = PhotoFactory()

    def no_answer(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("detection.api.photos.visible_photos", no_answer)
    answer = api.get(f"/api/v1/photos/{photo.pk}/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "connection" not in answer.json()["detail"]


@pytest.mark.django_db
def test_sentences_come_in_the_language_asked_for(stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/photos/", HTTP_ACCEPT_LANGUAGE="fr")

    assert answer.json()["code"] == "not_authenticated"
    assert "authentification" in answer.json()["detail"]

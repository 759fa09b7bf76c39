"""Who gets in: every address of the API, every method, every kind of person."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from detection.api import urls
from detection.api.base import ApiView, MayDo
from tests.factories import PhotoFactory

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")
OPEN = {"token"}
NOBODYS_PHOTO = UUID(int=7)  # the same in every process that collects these tests


def doors() -> Iterator[tuple[str, str]]:
    for pattern in urls.urlpatterns:
        for method in METHODS:
            if pattern.name not in OPEN and hasattr(pattern.callback.view_class, method):
                yield method, "/api/v1/" + str(pattern.pattern).replace("<uuid:photo_id>", str(NOBODYS_PHOTO))


DOORS = sorted(doors())


def test_there_are_doors_to_try() -> None:
    assert len(DOORS) == 12


@pytest.mark.parametrize(("method", "url"), DOORS)
def test_strangers_are_asked_for_a_token(stranger: APIClient, method: str, url: str) -> None:
    answer = getattr(stranger, method)(url)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["code"] == "not_authenticated"
    assert answer["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(("method", "url"), DOORS)
@pytest.mark.parametrize("header", ["Token wrong", "Token", "Token a b", "Token \xff"])
def test_a_wrong_token_opens_nothing(stranger: APIClient, method: str, url: str, header: str) -> None:
    answer = getattr(stranger, method)(url, HTTP_AUTHORIZATION=header)

    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"


@pytest.mark.parametrize(("method", "url"), DOORS)
def test_signing_in_alone_opens_nothing(api_with: Callable[..., APIClient], method: str, url: str) -> None:
    answer = getattr(api_with(), method)(url)

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_the_token_of_somebody_who_left_opens_nothing(api: APIClient, staff: User) -> None:
    User.objects.filter(pk=staff.pk).update(is_active=False)

    assert api.get("/api/v1/photos/").status_code == 401


def test_a_token_that_was_taken_back_opens_nothing(api: APIClient) -> None:
    Token.objects.all().delete()

    assert api.get("/api/v1/photos/").status_code == 401


def test_an_administrator_may_do_everything(admin_user: User) -> None:
    client = APIClient()
    client.force_login(admin_user)
    photo = PhotoFactory()

    assert client.get("/api/v1/photos/").status_code == 200
    assert client.delete(f"/api/v1/photos/{photo.pk}/").status_code == 204


def test_a_signed_in_browser_may_read_without_a_token(staff_client: Client) -> None:
    assert staff_client.get("/api/v1/photos/").status_code == 200


def test_answers_to_people_are_kept_by_nobody(api: APIClient) -> None:
    answer = api.get("/api/v1/photos/")

    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_method_that_a_view_forgot_to_name_is_refused() -> None:
    class Forgetful(ApiView):
        def post(self, _request: Any) -> None: ...

    request = type("Request", (), {"method": "POST", "user": User(is_superuser=True)})()

    assert not MayDo().has_permission(request, Forgetful())

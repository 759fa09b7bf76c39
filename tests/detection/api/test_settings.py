"""Who looks for faces, over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from detection.models import ScanSettings
from detection.selectors import chosen_finder
from tests.detection.api.conftest import client_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/settings/"


@pytest.fixture
def admin(admin_user: User) -> APIClient:
    return client_of(admin_user)


def test_what_is_chosen_and_what_could_be_is_told(admin: APIClient, settings: Any) -> None:
    settings.FACE_FINDER = "haar"

    answer = admin.get(URL).json()

    finders = answer.pop("finders")
    assert answer == {
        "face_finder": None,
        "environment": "haar",
        "in_use": "haar",
        "changed_by": None,
        "changed_at": None,
    }
    assert [(finder["name"], finder["usable"]) for finder in finders] == [
        ("ssd", False),
        ("haar", True),
        ("yunet", False),
    ]
    assert all(bool(finder["problem"]) != finder["usable"] for finder in finders)


def test_another_finder_is_chosen(admin: APIClient, admin_user: User) -> None:
    answer = admin.patch(URL, {"face_finder": "haar"})

    told = answer.json()
    assert answer.status_code == 200
    assert (told["face_finder"], told["in_use"], told["environment"]) == ("haar", "haar", "ssd")
    assert told["changed_by"] == admin_user.username
    assert told["changed_at"] is not None
    assert chosen_finder() == "haar"


def test_null_leaves_it_to_the_environment(admin: APIClient) -> None:
    admin.patch(URL, {"face_finder": "haar"})

    assert admin.patch(URL, {"face_finder": None}).json()["in_use"] == "ssd"


def test_naming_nothing_changes_nothing(admin: APIClient) -> None:
    admin.patch(URL, {"face_finder": "haar"})

    assert admin.patch(URL, {}).json()["in_use"] == "haar"


@pytest.mark.parametrize("name", ["eyes", "", 7, ["haar"]])
def test_what_is_no_finder_is_refused_by_name(admin: APIClient, name: Any) -> None:
    answer = admin.patch(URL, {"face_finder": name})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_choice")
    assert answer.json()["detail"].startswith("face_finder: ")
    assert not ScanSettings.objects.exists()


def test_a_finder_that_could_not_work_is_refused_with_what_to_do(admin: APIClient) -> None:
    answer = admin.patch(URL, {"face_finder": "yunet"})

    assert (answer.status_code, answer.json()["code"]) == (409, "finder_not_usable")
    assert "set MASKWEB_YUNET_FILE" in answer.json()["detail"]
    assert not ScanSettings.objects.exists()


def test_the_staff_neither_reads_nor_changes_it(api: APIClient) -> None:
    assert api.get(URL).status_code == 403
    assert api.patch(URL, {"face_finder": "haar"}).status_code == 403
    assert not ScanSettings.objects.exists()


def test_who_may_look_may_not_change(api_with: Callable[..., APIClient]) -> None:
    api = api_with("view_scansettings")

    assert api.get(URL).status_code == 200
    assert api.patch(URL, {"face_finder": "haar"}).status_code == 403

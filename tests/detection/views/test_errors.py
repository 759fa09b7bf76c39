"""The pages people see when something is refused or broken."""

from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import Client, RequestFactory
from django.urls import reverse

from detection.views import start
from detection.views.errors import bad_request


def test_a_wrong_address_leads_back(client: Client, db: None) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert f'href="{reverse("detection:start")}"' in answer.content.decode()


def test_our_own_mistakes_are_admitted(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(request: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(start, "today", break_down)
    staff_client.raise_request_exception = False

    answer = staff_client.get(reverse("detection:start"))

    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (SuspiciousOperation(), 400, "This request was not understood"),
        (RequestDataTooBig(), 413, "Too much was sent at once"),
    ],
)
def test_refused_requests_say_what_to_do(rf: RequestFactory, error: Exception, status: int, says: str) -> None:
    answer = bad_request(rf.get("/"), error)

    assert answer.status_code == status
    assert says in answer.content.decode()

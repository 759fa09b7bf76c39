"""Signing in and out, and the password."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def test_a_wrong_password_is_told_on_the_page(client: Client, staff: User) -> None:
    answer = client.post(reverse("login"), {"username": staff.username, "password": "wrong"})

    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_after_too_many_tries_the_page_says_how_to_go_on(client: Client, staff: User, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(3):
        answer = client.post(reverse("login"), {"username": staff.username, "password": "wrong"})

    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()


def test_signing_out_takes_a_post(staff_client: Client) -> None:
    assert staff_client.get(reverse("logout")).status_code == 405
    assert staff_client.post(reverse("logout"))["Location"] == reverse("login")
    assert staff_client.get(reverse("detection:start")).status_code == 302


def test_people_change_their_own_password(staff_client: Client, staff: User) -> None:
    page = reverse("password_change")
    new = "another good one 7"

    assert "Change password" in staff_client.get(page).content.decode()
    answer = staff_client.post(
        page, {"old_password": PASSWORD, "new_password1": new, "new_password2": new}, follow=True
    )

    assert "Password changed" in answer.content.decode()
    staff.refresh_from_db()
    assert staff.check_password(new)


def test_only_staff_see_the_way_to_the_administration(staff_client: Client, admin_client: Client) -> None:
    way = f'href="{reverse("admin:index")}"'

    assert way not in staff_client.get(reverse("detection:start")).content.decode()
    assert way in admin_client.get(reverse("detection:start")).content.decode()

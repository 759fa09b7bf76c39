"""Fixtures every room uses."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.test import Client
from django.utils import translation

from detection import tasks
from detection.models import Entrance, School
from tests.factories import AdminFactory, StaffFactory
from tests.requirements import check_needs


def pytest_runtest_setup(item: pytest.Item) -> None:
    check_needs(item)


@receiver(post_migrate)
def keep_the_first_entrance(**_: Any) -> None:
    """A test with transactions ends by emptying all tables: what the first migrations put there is put back."""
    if not School.objects.exists():
        school = School.objects.create(name="Our school")
        Entrance.objects.create(school=school, name="Main entrance", slug="main", is_default=True)


@pytest.fixture(autouse=True)
def _quick_settings(settings: Any) -> None:
    """Weak password hashes and static files without a manifest: the product's own choices cost seconds per test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _clean_memory() -> Iterator[None]:
    """What one test leaves in a process (throttles, a broker found down, a language) must not reach the next."""
    translation.deactivate()
    yield
    translation.deactivate()
    cache.clear()
    tasks._asleep_until = 0.0


@pytest.fixture
def staff(db: None) -> User:
    return StaffFactory()


@pytest.fixture
def admin_user(db: None) -> User:
    return AdminFactory()


@pytest.fixture
def staff_client(staff: User) -> Client:
    """A browser in which a member of the staff is signed in."""
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The photo ids that scan workers were woken for, in order."""
    ids: list[str] = []

    def remember(args: tuple[list[str]], **_: Any) -> None:
        ids.extend(args[0])

    monkeypatch.setattr(tasks.scan_photos, "apply_async", remember)
    return ids

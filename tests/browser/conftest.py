"""A real browser, Debian's Chromium, on a server that runs in the test's process."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.contrib.auth.models import User
from django.contrib.auth.models import User as Person
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from detection.models import Entrance
from tests.factories import AdminFactory, EntranceFactory, SchoolFactory
from tests.requirements import chromium_path

# Playwright runs an event loop in the test's thread, in which Django would refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# The server answers several requests at a time: they need connections of their own, so the database is a file.
DATABASE = project_settings.DATABASES["default"]
if "sqlite3" in DATABASE["ENGINE"]:
    DATABASE.setdefault("TEST", {})["NAME"] = str(Path(project_settings.DATA_DIR) / "browser-tests.sqlite3")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds: other tests may keep the machine busy

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def person(transactional_db: None) -> Person:
    """An administrator, who may see every page; with the entrance that the first migration makes."""
    if not Entrance.objects.exists():  # an earlier test's end empties all tables
        EntranceFactory(school=SchoolFactory(name="Our school"), name="Main entrance", slug="main", is_default=True)
    return AdminFactory()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What browsers complained about: errors of scripts, broken policies, failed requests. None at a test's end."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_page(chromium: Browser, live_server: Any, person: User, complaints: list[str]) -> Iterator[OpenPage]:
    """`open_page("/photos/", width=390, color_scheme="dark")`: a page of a fresh browser, `person` signed in."""
    contexts: list[BrowserContext] = []

    def open_page(path: str, *, width: int = 1280, signed_in: bool = True, **options: Any) -> Page:
        height = 844 if width < 600 else 900
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            base_url=live_server.url,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if signed_in:
            context.add_cookies([{"name": "sessionid", "value": session_of(person), "url": live_server.url}])
        page = context.new_page()
        listen(page, complaints)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def session_of(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value


def listen(page: Page, complaints: list[str]) -> None:
    def hear(message: ConsoleMessage) -> None:
        # A refused upload is answered with 400, which the browser calls a failed resource.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "response",
        lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
    )

"""The documentation page in a real browser: Swagger UI works under our content security policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.requirements import chromium_path, needs

pytestmark = [pytest.mark.browser, needs("chromium"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def docs(live_server: Any, staff: User, staff_client: Client) -> Iterator[tuple[Page, list[str]]]:
    """The page, open and signed in, and what the browser complains about."""
    cookie = {"name": "sessionid", "value": staff_client.cookies["sessionid"].value, "url": live_server.url}
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/api/docs/")
        page.wait_for_selector(".opblock")
        yield page, complaints
        browser.close()


def test_the_docs_list_every_operation_and_the_policy_blocks_nothing(docs: tuple[Page, list[str]]) -> None:
    page, complaints = docs
    page.locator("#operations-photos-photos_create .opblock-summary-control").click()
    page.wait_for_selector("#operations-photos-photos_create .opblock-body")

    assert page.locator(".opblock").count() == 10
    assert complaints == []


def test_operations_can_be_tried_from_the_docs(docs: tuple[Page, list[str]]) -> None:
    page, complaints = docs
    operation = page.locator("#operations-school-report_retrieve")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    answer = operation.locator(".live-responses-table .response-col_status").nth(1)

    assert answer.inner_text().startswith("200")
    assert complaints == []

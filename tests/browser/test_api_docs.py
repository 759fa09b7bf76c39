"""The documentation page in a real browser: Swagger UI works under our content security policy."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage
from tests.requirements import needs

pytestmark = [pytest.mark.browser, needs("chromium")]


@pytest.fixture
def docs(open_page: OpenPage) -> Page:
    page = open_page("/api/docs/")
    page.wait_for_selector(".opblock")
    return page


def test_the_docs_list_every_operation_and_the_policy_blocks_nothing(docs: Page) -> None:
    docs.locator("#operations-photos-photos_create .opblock-summary-control").click()
    docs.wait_for_selector("#operations-photos-photos_create .opblock-body")

    assert docs.locator(".opblock").count() == 13


def test_operations_can_be_tried_from_the_docs(docs: Page) -> None:
    operation = docs.locator("#operations-school-report_retrieve")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    answer = operation.locator(".live-responses-table .response-col_status").nth(1)

    assert answer.inner_text().startswith("200")

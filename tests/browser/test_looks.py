"""Every page in both themes and both widths: accessible, within the screen, and without a complaint of the browser."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from detection.models import Photo
from tests.browser.conftest import OpenPage
from tests.factories import (
    EntranceFactory,
    ModelVersionFactory,
    PhotoFactory,
    PhotoLookFactory,
    WorkerFactory,
    searched_by_ours,
)
from tests.requirements import needs

pytestmark = [needs("chromium"), pytest.mark.browser]
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
PAGES = [
    "/",
    "/upload/",
    "/photos/",
    "/photos/?verdict=unsure&start=2030-01-01",
    "/photos/?look=not_yet",
    "/photos/to-look-at/",
    "/settings/",
    "/report/",
    "/report/?start=2026-05-31&end=2026-05-01",
    "/password/",
]
EVERY_LABEL = ["mask", "no_mask", "incorrect", "unsure"]
SMALLEST_TARGET = 24  # CSS pixels, WCAG 2.2, 2.5.8
SMALL_TARGETS = """(smallest) => [...document.querySelectorAll("a, button, input, select, summary, label.toggle")]
  .filter((element) => element.checkVisibility() && !element.closest(".skip, .toggle input, p:not(.back)"))
  .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.width < smallest || box.height < smallest))
  .map(([html]) => html)"""


@pytest.fixture
def photo(person: Any) -> Photo:
    """A school with something of everything."""
    version = ModelVersionFactory(status="active", name="starter 12ab34cd")
    WorkerFactory()
    EntranceFactory(name="Sports hall")
    PhotoFactory(original_name="a very long file name without any space to break it at " + "x" * 80 + ".jpg")
    PhotoFactory(status=Photo.Status.FAILED, failure_code="crashed", failure_detail="It crashed.")
    PhotoFactory(labels=[])
    PhotoLookFactory(answer="people_missed")
    searched_by_ours("classifier", "finder", "both")
    PhotoFactory(labels=["mask"])
    assert version
    return PhotoFactory(labels=EVERY_LABEL)


def assert_good(page: Page, part: str | None = None) -> None:
    found = Axe().run(page, part, RULES).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    assert page.evaluate(SMALL_TARGETS, SMALLEST_TARGET) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
class TestEveryPage:
    def test_with_photos(self, open_page: OpenPage, photo: Photo, width: int, color_scheme: str) -> None:
        page = open_page("/", width=width, color_scheme=color_scheme)
        address = photo.get_absolute_url()
        for path in [
            *PAGES,
            address,
            f"{address}delete/",
            *(other.get_absolute_url() for other in Photo.objects.all()),
        ]:
            page.goto(path)
            assert_good(page)

    def test_before_the_first_photo(self, open_page: OpenPage, width: int, color_scheme: str) -> None:
        page = open_page("/", width=width, color_scheme=color_scheme)
        assert_good(page)
        for path in ("/photos/", "/photos/to-look-at/", "/report/"):
            page.goto(path)
            assert_good(page)

    def test_for_strangers_and_the_lost(self, open_page: OpenPage, width: int, color_scheme: str) -> None:
        page = open_page("/sign-in/", width=width, color_scheme=color_scheme, signed_in=False)
        assert_good(page)
        page.get_by_label("Username").fill("nobody")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        assert_good(page)
        page.goto("/nowhere/")
        assert_good(page)

    def test_with_the_menu_open(self, open_page: OpenPage, width: int, color_scheme: str) -> None:
        page = open_page("/photos/", width=width, color_scheme=color_scheme)
        page.locator("summary").click()
        assert_good(page, ".account")  # what lies under it is covered for the moment


def test_longer_words_of_other_languages_fit_a_phone(open_page: OpenPage, photo: Photo) -> None:
    page = open_page("/", width=390, locale="fr")
    assert page.locator("html").get_attribute("lang") == "fr"
    for path in [*PAGES, photo.get_absolute_url()]:
        page.goto(path)
        assert_good(page)


@pytest.mark.parametrize("path", ["/admin/", "/admin/detection/photo/", "/api/docs/"])
def test_other_pages_obey_the_policy_too(open_page: OpenPage, photo: Photo, path: str) -> None:
    """`open_page` listens for scripts and styles that the content security policy stopped."""
    page = open_page(path)

    page.wait_for_load_state("networkidle")
    assert page.title()


def test_paper_gets_the_report_without_buttons(open_page: OpenPage, photo: Photo) -> None:
    page = open_page("/report/")

    page.emulate_media(media="print")

    assert page.get_by_role("heading", name="Compliance report").is_visible()
    assert page.locator(".rate").is_visible()
    assert not page.get_by_role("button", name="Print").is_visible()
    assert not page.locator(".top").is_visible()

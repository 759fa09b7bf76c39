"""A whole journey without a mouse."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from detection.models import Photo
from tests.browser.conftest import PATIENCE, OpenPage
from tests.factories import PhotoFactory, picture
from tests.requirements import needs

pytestmark = [needs("chromium"), pytest.mark.browser]
expect.set_options(timeout=PATIENCE)


FOCUSED = """() => {
  const element = document.activeElement;
  const text = element === document.body ? "" : element.innerText;
  return [element.ariaLabel || element.labels?.[0]?.innerText || text, getComputedStyle(element).outlineStyle];
}"""


def tab_to(page: Page, name: str, most: int = 40) -> None:
    """Presses Tab until the element whose text or label contains the name has the focus, and shows it."""
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        text, outline = page.evaluate(FOCUSED)
        passed.append(text)
        if name.lower() in text.lower():
            assert outline == "solid", f"nothing shows that {name!r} has the focus"
            return
    pytest.fail(f"Tab does not lead to {name!r}, only to {passed}")


def test_the_first_stop_leads_past_the_navigation(open_page: OpenPage) -> None:
    page = open_page("/photos/")

    tab_to(page, "Skip to content", most=1)
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_from_choosing_a_photo_to_deleting_it(open_page: OpenPage, woken: list[str]) -> None:
    page = open_page("/")
    page.on("filechooser", lambda chooser: None)  # Playwright catches choosers from now on, not a moment too late
    tab_to(page, "Upload")
    page.keyboard.press("Enter")
    page.wait_for_url("**/upload/")
    tab_to(page, "Choose photos")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "door.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    expect(page.locator("#overall-text")).to_have_text("Uploaded 1 of 1, scanned 0")
    tab_to(page, "Open\ndoor.jpg")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="door.jpg")).to_be_visible()
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delete this photo?")).to_be_visible()
    tab_to(page, "Delete for good")
    page.keyboard.press("Enter")

    expect(page.get_by_text("The photo door.jpg is deleted.")).to_be_visible()
    assert not Photo.objects.exists()


def test_photos_without_a_face_are_worked_off_by_keys(open_page: OpenPage, person: Any) -> None:
    first, second = PhotoFactory(labels=[]), PhotoFactory(labels=[])
    page = open_page("/")
    tab_to(page, "2 photos without a face")
    page.keyboard.press("Enter")
    page.wait_for_url("**/to-look-at/")
    tab_to(page, "Begin with the oldest")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=first.original_name)).to_be_visible()
    tab_to(page, "Nobody is there", most=1)  # the question is where the address leads
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=second.original_name)).to_be_visible()
    tab_to(page, "People were missed", most=2)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Nothing is left to look at")).to_be_visible()
    assert [photo.look for photo in Photo.objects.order_by("received_at")] == ["nobody_there", "people_missed"]


def test_a_finder_is_chosen_by_keys(open_page: OpenPage, person: Any) -> None:
    page = open_page("/settings/")
    tab_to(page, "As the installation says")
    page.keyboard.press("ArrowDown")  # round to the first that is offered
    tab_to(page, "Save")
    page.keyboard.press("Enter")

    expect(page.get_by_text("faces are found by: Haar cascades.")).to_be_visible()
    expect(page.locator("input:checked")).to_have_value("haar")


def test_the_menu_opens_and_closes_by_key(open_page: OpenPage, person: Any) -> None:
    page = open_page("/photos/")
    tab_to(page, person.username)
    page.keyboard.press("Enter")
    tab_to(page, "Change password", most=3)

    page.keyboard.press("Escape")

    expect(page.locator("summary")).to_be_focused()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_a_face_lights_up_on_the_picture_when_it_has_the_focus(open_page: OpenPage, person: Any) -> None:
    photo = PhotoFactory(labels=["mask", "no_mask"])
    page = open_page(photo.get_absolute_url())

    tab_to(page, "no mask")

    lit = page.locator(".box.is-lit")
    expect(lit).to_have_count(1)
    assert lit.get_attribute("data-face") == str(photo.faces.get(label="no_mask").pk)

"""The upload page as people use it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from detection import tasks
from detection.models import Photo
from tests.browser.actions import drop, pictures
from tests.browser.conftest import PATIENCE, OpenPage
from tests.factories import WorkerFactory, finish, picture
from tests.requirements import needs

pytestmark = [needs("chromium"), pytest.mark.browser]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def _quiet(woken: list[str]) -> None:
    """No worker is woken: the tests finish photos themselves."""


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    WorkerFactory()
    return open_page("/upload/")


def overall(page: Page) -> Any:
    return expect(page.locator("#overall-text"))


def row(page: Page, name: str) -> Any:
    return page.locator(".upload-row", has_text=name)


def test_dropped_photos_go_up_and_show_their_results_without_a_reload(page: Page) -> None:
    drop(page, pictures(5))
    overall(page).to_have_text("Uploaded 5 of 5, scanned 0")

    for photo, labels in zip(Photo.objects.order_by("original_name"), (["mask"], ["no_mask"], []), strict=False):
        finish(photo, labels)

    overall(page).to_have_text("Uploaded 5 of 5, scanned 3")
    expect(row(page, "photo-000.jpg")).to_contain_text("1 person: 1 wears a mask")
    expect(row(page, "photo-001.jpg").locator(".badge")).to_have_text("violation")
    expect(row(page, "photo-002.jpg")).to_contain_text("No face was found")
    expect(row(page, "photo-003.jpg").locator(".badge")).to_have_text("waiting")
    expect(page.locator("[data-tallies]")).to_contain_text("compliant 1")
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_what_is_no_photo_is_refused_in_its_row_and_the_others_go_on(page: Page) -> None:
    drop(page, {"letter.jpg": b"Dear school, ...", "empty.jpg": b"", "good.jpg": picture()})

    overall(page).to_have_text("Uploaded 1 of 3, scanned 0, failed: 2")
    expect(row(page, "letter.jpg")).to_contain_text("This is not a photo that can be read.")
    expect(row(page, "empty.jpg")).to_contain_text("The file is empty.")
    expect(row(page, "letter.jpg").get_by_role("button")).to_have_count(0)


def test_too_large_a_file_is_refused_before_it_is_sent(open_page: OpenPage, settings: Any) -> None:
    settings.PHOTO_MAX_BYTES = 500
    page = open_page("/upload/")

    drop(page, {"large.jpg": picture(800, 600)})

    expect(row(page, "large.jpg")).to_contain_text("The file is larger than")
    assert not Photo.objects.exists()


def test_the_same_photo_again_is_answered_as_such(page: Page) -> None:
    drop(page, {"first.jpg": picture()})
    overall(page).to_have_text("Uploaded 1 of 1, scanned 0")

    drop(page, {"again.jpg": picture()})

    expect(row(page, "again.jpg")).to_contain_text("Was here already.")
    assert Photo.objects.count() == 1


def test_what_broke_off_can_be_sent_again_one_by_one_or_all(page: Page) -> None:
    page.route("**/upload/", lambda route: route.abort())
    drop(page, pictures(3))
    expect(page.get_by_text("The connection broke. Try again.")).to_have_count(3)
    page.unroute("**/upload/")

    page.get_by_role("button", name="Try again photo-001.jpg").click()
    overall(page).to_have_text("Uploaded 1 of 3, scanned 0, failed: 2")
    page.get_by_role("button", name="Try all failed ones again").click()

    overall(page).to_have_text("Uploaded 3 of 3, scanned 0")
    assert Photo.objects.count() == 3


def test_three_files_travel_at_a_time(page: Page) -> None:
    held: list[Route] = []
    page.route("**/upload/", lambda route: held.append(route))
    drop(page, pictures(8))
    page.wait_for_timeout(500)
    assert len(held) == 3
    expect(page.get_by_text("Waits its turn")).to_have_count(5)

    held[0].continue_()

    overall(page).to_contain_text("Uploaded 1 of 8")
    page.wait_for_timeout(300)
    assert len(held) == 4


def test_leaving_in_the_middle_asks_first(page: Page) -> None:
    page.route("**/upload/", lambda route: None)
    page.mouse.click(5, 5)  # browsers ask only somebody who has touched the page
    drop(page, pictures(1))
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]


def test_a_folder_brings_its_photos_and_leaves_the_rest(page: Page, tmp_path: Path) -> None:
    for name, content in pictures(2).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.txt").write_text("no photo")

    page.locator("[data-input=folder]").set_input_files(str(tmp_path))

    overall(page).to_have_text("Uploaded 2 of 2, scanned 0")
    expect(page.get_by_text("Left out because they are no photos: 1")).to_be_visible()


def test_a_phone_offers_its_camera_first(open_page: OpenPage) -> None:
    page = open_page("/upload/", width=390, has_touch=True)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Take a photo").tap()

    chooser.value.set_files({"name": "now.jpg", "mimeType": "image/jpeg", "buffer": picture()})

    overall(page).to_have_text("Uploaded 1 of 1, scanned 0")


def test_while_the_broker_is_down_the_page_says_that_photos_wait(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection.views.upload.wake_scan_worker", lambda ids: False)
    monkeypatch.setattr(tasks, "reach_broker", lambda: False)
    drop(page, pictures(1))
    holdup = page.locator("#upload-holdup")

    expect(holdup).to_contain_text("Your photos are safe and wait")

    monkeypatch.setattr(tasks, "reach_broker", lambda: True)
    finish(Photo.objects.get(), ["mask"])
    expect(holdup).to_be_hidden()


def test_without_javascript_the_form_works(open_page: OpenPage) -> None:
    page = open_page("/upload/", java_script_enabled=False)
    files: list[Any] = [
        {"name": name, "mimeType": "image/jpeg", "buffer": content}
        for name, content in {**pictures(2), "letter.jpg": b"Dear school"}.items()
    ]
    page.get_by_label("Photos", exact=True).set_input_files(files)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("heading", name="Sent just now")).to_be_visible()
    expect(page.get_by_text("Waiting to be scanned.")).to_have_count(2)
    expect(page.get_by_text("This is not a photo that can be read.")).to_be_visible()


@pytest.mark.slow
def test_a_class_trip_of_three_hundred_photos(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/upload/status/" in request.url else None)
    drop(page, pictures(300))
    expect(page.locator("#overall-text")).to_contain_text("Uploaded 300 of 300", timeout=240_000)
    assert len(asked) < 100  # one question for all open photos at a time, not one for each

    Photo.objects.update(status=Photo.Status.DONE, verdict=Photo.Verdict.NO_FACE)

    overall(page).to_have_text("Uploaded 300 of 300, scanned 300")
    expect(page.get_by_text("No face was found: look at the picture yourself.")).to_have_count(300)

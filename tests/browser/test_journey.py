"""From the sign-in to a verdict on every face, on real photos, with the model that ships."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from detection.models import Face, Photo
from detection.services.registry import register_starter
from detection.services.scanning import scan_waiting
from tests.browser.actions import contents, drop
from tests.browser.conftest import PATIENCE, OpenPage
from tests.factories import PASSWORD, FaceFactory, ModelVersionFactory, PhotoFactory, WorkerFactory, finish
from tests.requirements import DATA, needs

pytestmark = [needs("chromium"), pytest.mark.browser]
expect.set_options(timeout=PATIENCE)


def scan_all() -> None:
    while scan_waiting([]):
        pass


def largest_face(photo: Photo) -> Face:
    return max(photo.faces.all(), key=lambda face: face.width)


@needs("data")
@pytest.mark.slow
def test_real_photos_from_sign_in_to_boxes(open_page: OpenPage, person: Any, woken: list[str]) -> None:
    register_starter()
    WorkerFactory()
    scenes = json.loads((DATA / "scenes" / "annotations.json").read_text())["images"][:3]
    page = open_page("/", signed_in=False)
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Upload photos").first.click()

    drop(page, contents([DATA / "scenes" / "images" / scene["file_name"] for scene in scenes]))
    expect(page.locator("#overall-text")).to_have_text("Uploaded 3 of 3, scanned 0")
    assert sorted(woken) == sorted(str(photo.pk) for photo in Photo.objects.all())
    scan_all()

    expect(page.locator("#overall-text")).to_have_text("Uploaded 3 of 3, scanned 3")
    best = max(Photo.objects.all(), key=lambda photo: photo.people)
    page.get_by_role("link", name=f"Open {best.original_name}").click()
    expect(page.locator("svg.box")).to_have_count(best.people)
    expect(page.locator("li.face")).to_have_count(best.people)


def test_the_sample_pictures_are_judged(open_page: OpenPage, woken: list[str]) -> None:
    register_starter()
    page = open_page("/")
    page.get_by_role("button", name="Try it with sample pictures").click()
    expect(page.get_by_text("Waiting to be scanned.")).to_have_count(2)

    scan_all()

    expect(page.get_by_text("Waiting to be scanned.")).to_have_count(0)  # the page renews itself
    labels = {photo.original_name: largest_face(photo).label for photo in Photo.objects.all()}
    assert labels == {"sample-portrait.jpg": "no_mask", "sample-portrait-with-mask.jpg": "mask"}


def test_the_photo_page_shows_the_result_when_it_is_there(open_page: OpenPage, person: Any) -> None:
    photo = PhotoFactory()
    page = open_page(photo.get_absolute_url())
    expect(page.locator("#live").get_by_text("Waiting to be scanned.")).to_be_visible()

    finish(photo, ["no_mask"])

    expect(page.locator("#live .badge").first).to_have_text("violation")
    expect(page.locator("[aria-live]")).to_contain_text("1 person: 1 wears no mask")  # and says it aloud
    expect(page.locator("svg.box")).to_have_count(1)


@pytest.mark.parametrize("width", [390, 1280])
def test_boxes_lie_on_the_faces_at_every_size(open_page: OpenPage, person: Any, width: int) -> None:
    photo = PhotoFactory()
    version = ModelVersionFactory()
    finish(photo, [], version)
    FaceFactory(photo=photo, model_version=version, x=80, y=60, width=160, height=120, label="incorrect")
    page = open_page(photo.get_absolute_url(), width=width)

    picture, box = (page.locator(one).bounding_box() for one in (".picture img", ".box-line"))

    assert picture
    assert box
    for place, size, part, length in (("x", "width", 0.25, 0.5), ("y", "height", 0.25, 0.5)):
        assert box[place] == pytest.approx(picture[place] + part * picture[size], abs=4)  # type: ignore[literal-required]
        assert box[size] == pytest.approx(length * picture[size], abs=6)  # type: ignore[literal-required]
    expect(page.locator(".box-name")).to_contain_text("worn wrongly")


def test_boxes_can_be_hidden_and_faces_lit(open_page: OpenPage, person: Any) -> None:
    page = open_page(PhotoFactory(labels=["mask", "no_mask", "unsure"]).get_absolute_url())

    page.locator("li.face").nth(1).hover()
    expect(page.locator(".box.is-lit")).to_have_count(1)
    expect(page.locator(".box").nth(1)).to_contain_class("is-lit")

    page.get_by_label("Show boxes").uncheck()
    expect(page.locator(".boxes")).to_be_hidden()


def test_the_start_page_shows_new_photos_as_they_come(open_page: OpenPage, person: Any) -> None:
    PhotoFactory()
    page = open_page("/")
    expect(page.locator(".photo-card")).to_have_count(1)

    PhotoFactory(labels=["mask"])

    expect(page.locator(".photo-card")).to_have_count(2)
    expect(page.locator(".count.kind-compliant strong")).to_have_text("1")


def test_signed_out_elsewhere_the_page_asks_to_sign_in(open_page: OpenPage, person: Any) -> None:
    PhotoFactory()
    page = open_page("/")

    page.context.clear_cookies()

    page.wait_for_url("**/sign-in/**")

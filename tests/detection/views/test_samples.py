from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from PIL import Image

from detection.models import Entrance, Photo
from detection.services import samples
from detection.services.samples import SAMPLES, take_in_sample

pytestmark = pytest.mark.django_db


def press(client: Client) -> str:
    return client.post(reverse("detection:samples"), follow=True).content.decode()


def test_the_button_takes_two_samples_in_and_wakes_the_worker(
    staff_client: Client, staff: User, woken: list[str]
) -> None:
    page = press(staff_client)

    photos = Photo.objects.all()
    assert {photo.source for photo in photos} == {Photo.Source.SAMPLE}
    assert sorted(photo.original_name for photo in photos) == sorted(f"sample-{name}" for name in SAMPLES)
    assert {photo.uploaded_by for photo in photos} == {staff}
    assert sorted(woken) == sorted(str(photo.pk) for photo in photos)
    assert "The sample pictures are in." in page


def test_a_second_press_adds_nothing(staff_client: Client, woken: list[str]) -> None:
    press(staff_client)

    assert "The sample pictures are here already." in press(staff_client)
    assert Photo.objects.count() == len(SAMPLES)
    assert len(woken) == len(SAMPLES)


def test_the_page_says_when_the_samples_have_to_wait(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection.views.samples.wake_scan_worker", lambda ids: False)

    assert "The queue does not answer." in press(staff_client)
    assert Photo.objects.count() == len(SAMPLES)


def test_without_an_entrance_the_page_says_who_can_add_one(staff_client: Client) -> None:
    Entrance.objects.all().delete()

    assert "There is no entrance yet." in press(staff_client)


def test_an_incomplete_installation_is_named(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples.finders, "find", lambda path: None)

    with pytest.raises(ImproperlyConfigured, match=r"portrait\.jpg is missing"):
        take_in_sample("portrait.jpg", staff)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_small_and_carry_no_metadata(name: str) -> None:
    path: Any = finders.find(f"samples/{name}")

    with Image.open(path) as picture:
        assert not picture.getexif()
        assert picture.size == (316, 290)
    assert Path(path).stat().st_size < 120_000

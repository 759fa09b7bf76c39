from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from detection.models import Photo
from detection.views import photos as view
from tests.factories import EntranceFactory, PhotoFactory, UserFactory

pytestmark = pytest.mark.django_db


def listed(client: Client, **asked: str) -> list[Photo]:
    return list(client.get(reverse("detection:photos"), asked).context["page"].rows)


def page(client: Client, **asked: str) -> str:
    return client.get(reverse("detection:photos"), asked).content.decode()


def test_the_newest_photo_comes_first(staff_client: Client) -> None:
    old, new = PhotoFactory(), PhotoFactory(labels=["mask"])

    assert listed(staff_client) == [new, old]
    assert "1 person: 1 wears a mask" in page(staff_client)


def test_photos_are_filtered_by_verdict_status_and_entrance(staff_client: Client) -> None:
    hall = EntranceFactory()
    flagged, waiting, elsewhere = PhotoFactory(labels=["no_mask"]), PhotoFactory(), PhotoFactory(entrance=hall)

    assert listed(staff_client, verdict="violation") == [flagged]
    assert listed(staff_client, status="waiting") == [elsewhere, waiting]
    assert listed(staff_client, entrance=hall.slug) == [elsewhere]


def test_days_are_the_ones_the_photo_was_taken_on_both_included(staff_client: Client) -> None:
    first, second, third = (PhotoFactory(taken_at=datetime(2026, 5, day, 12, tzinfo=UTC)) for day in (1, 2, 3))

    assert listed(staff_client, start="2026-05-02") == [third, second]
    assert listed(staff_client, end="2026-05-02") == [second, first]
    assert listed(staff_client, start="2026-05-02", end="2026-05-02") == [second]


def test_a_day_that_is_none_is_told_beside_its_field(staff_client: Client) -> None:
    PhotoFactory()

    answer = page(staff_client, start="tomorrow")

    assert "Enter a valid date." in answer
    assert "No photo fits these filters" in answer


def test_filters_that_fit_nothing_say_so(staff_client: Client) -> None:
    PhotoFactory()

    assert "No photo fits these filters" in page(staff_client, verdict="compliant")


def test_without_photos_the_page_says_what_to_do(staff_client: Client, client: Client) -> None:
    assert "Upload the first ones" in page(staff_client)

    client.force_login(UserFactory(permissions=["view_photo"]))
    assert reverse("detection:upload") not in page(client)


def test_long_lists_have_pages_that_keep_the_filter(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "PER_PAGE", 2)
    oldest, *others = [PhotoFactory(labels=["mask"]) for _ in range(5)]

    first = page(staff_client, verdict="compliant")
    assert "?verdict=compliant&amp;page=2" in first
    assert 'rel="prev"' not in first
    assert listed(staff_client, page="2") == [others[1], others[0]]
    assert listed(staff_client, page="3") == [oldest]
    assert 'rel="next"' not in page(staff_client, page="3")


def test_names_of_files_cannot_smuggle_markup(staff_client: Client) -> None:
    photo = PhotoFactory(original_name="<img src=x onerror=alert(1)>.jpg")

    assert "<img src=x" not in staff_client.get(photo.get_absolute_url()).content.decode()


def test_one_page_takes_few_queries_and_no_count(
    staff_client: Client, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(24):
        PhotoFactory(labels=["mask"])

    with django_assert_max_num_queries(7) as queries:  # session, person, 2 of permissions, entrances, photos
        page(staff_client)

    assert not [query for query in queries.captured_queries if "COUNT(" in query["sql"].upper()]

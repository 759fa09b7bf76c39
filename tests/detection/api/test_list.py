from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from detection.models import Photo
from tests.factories import EntranceFactory, PhotoFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/photos/"
QueryLimit = Callable[[int], Any]


def test_photos_are_listed_newest_first_without_faces(api: APIClient) -> None:
    first, second = PhotoFactory(), PhotoFactory(labels=["mask"])

    answer = api.get(URL).json()

    assert [row["id"] for row in answer["results"]] == [str(second.pk), str(first.pk)]
    assert answer["results"][0]["verdict"] == "compliant"
    assert "faces" not in answer["results"][0]
    assert (answer["next"], answer["previous"]) == (None, None)


def test_nothing_there_is_an_empty_list(api: APIClient) -> None:
    assert api.get(URL).json()["results"] == []


def test_a_list_takes_four_queries_however_long(api: APIClient, django_assert_num_queries: QueryLimit) -> None:
    PhotoFactory.create_batch(20)

    with django_assert_num_queries(4):  # token, two for permissions, photos
        assert len(api.get(URL).json()["results"]) == 20


def ids_of(api: APIClient, **asked: Any) -> set[str]:
    return {row["id"] for row in api.get(URL, asked).json()["results"]}


def test_photos_are_filtered_by_status(api: APIClient) -> None:
    waiting, done = PhotoFactory(), PhotoFactory(labels=[])

    assert ids_of(api, status="waiting") == {str(waiting.pk)}
    assert ids_of(api, status="done") == {str(done.pk)}


@pytest.mark.parametrize(
    ("verdict", "labels"),
    [("compliant", ["mask"]), ("violation", ["mask", "incorrect"]), ("unsure", ["unsure"]), ("no_face", [])],
)
def test_photos_are_filtered_by_verdict(api: APIClient, verdict: str, labels: list[str]) -> None:
    for other in (["mask"], ["no_mask"], ["unsure"], []):
        PhotoFactory(labels=other)
    wanted = PhotoFactory(labels=labels)

    answer = api.get(URL, {"verdict": verdict}).json()["results"]

    assert answer[0]["id"] == str(wanted.pk)
    assert {row["verdict"] for row in answer} == {verdict}


def test_photos_are_filtered_by_entrance(api: APIClient) -> None:
    here, _there = (PhotoFactory(entrance=EntranceFactory(slug=slug)) for slug in ("north", "south"))

    assert ids_of(api, entrance="north") == {str(here.pk)}


def test_photos_are_filtered_by_the_days_they_were_taken(api: APIClient) -> None:
    days = {day: str(PhotoFactory(taken_at=f"2026-03-0{day}T23:30:00Z").pk) for day in (1, 2, 3)}

    assert ids_of(api, start="2026-03-02") == {days[2], days[3]}
    assert ids_of(api, end="2026-03-02") == {days[1], days[2]}
    assert ids_of(api, start="2026-03-02", end="2026-03-02") == {days[2]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "lost"),
        ("verdict", "guilty"),
        ("entrance", "nowhere"),
        ("entrance", "a\0b"),
        ("start", "yesterday"),
        ("end", "2026-02-30"),
        ("page_size", "many"),
        ("page_size", "0"),
        ("page_size", "-1"),
        ("page_size", "²"),
        ("page_size", ""),
    ],
)
def test_a_filter_nobody_understands_is_refused_by_name(api: APIClient, name: str, value: str) -> None:
    answer = api.get(URL, {name: value})

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{name}: ")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_like_others(api: APIClient, day: str) -> None:
    assert api.get(URL, {"start": day}).status_code == 200
    assert api.get(URL, {"end": day}).status_code == 200


def test_pages_follow_one_another_and_lead_back(api: APIClient) -> None:
    photos = [str(photo.pk) for photo in PhotoFactory.create_batch(5)][::-1]
    first = api.get(URL, {"page_size": 2}).json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()

    assert [[row["id"] for row in page["results"]] for page in (first, second, third)] == [
        photos[:2],
        photos[2:4],
        photos[4:],
    ]
    assert third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]


def test_pages_stay_right_while_photos_come_in(api: APIClient) -> None:
    PhotoFactory.create_batch(3)
    first = api.get(URL, {"page_size": 2}).json()
    PhotoFactory()
    second = api.get(first["next"]).json()

    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}


def test_photos_received_at_the_same_moment_are_each_listed_once(api: APIClient) -> None:
    photos = PhotoFactory.create_batch(5)
    Photo.objects.update(received_at=photos[0].received_at)
    seen, url = [], f"{URL}?page_size=2"
    while url:
        page = api.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]

    assert sorted(seen) == sorted(str(photo.pk) for photo in photos)


def test_filters_go_along_to_the_next_page(api: APIClient) -> None:
    PhotoFactory.create_batch(2, labels=["mask"])
    PhotoFactory(labels=["no_mask"])
    first = api.get(URL, {"verdict": "compliant", "page_size": 1}).json()

    assert {row["verdict"] for row in api.get(first["next"]).json()["results"]} == {"compliant"}


def test_a_page_larger_than_allowed_is_cut_to_size(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection.api.paging.PhotoPages.max_page_size", 2)
    PhotoFactory.create_batch(3)

    assert len(api.get(URL, {"page_size": 10**30}).json()["results"]) == 2


@pytest.mark.parametrize("cursor", ["x", "ü", "cD1ub25zZW5zZQ==", "cD0xMjM=", "cj14", "bz0tMQ==", "cD0AAA=="])
def test_a_made_up_cursor_is_404(api: APIClient, cursor: str) -> None:
    answer = api.get(URL, {"cursor": cursor})

    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "detail"}


def test_a_cursor_at_the_end_of_time_is_404(api: APIClient) -> None:
    position = "cD05OTk5LTEyLTMxIDIzOjU5OjU5LTE0OjAw"  # p=9999-12-31 23:59:59-14:00

    assert api.get(URL, {"cursor": position}).status_code == 404

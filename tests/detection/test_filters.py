"""Which photos a list shows."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from detection.filters import PhotoFilter, SpanFilter
from detection.models import Photo
from detection.report import Span
from tests.factories import EntranceFactory, PhotoFactory

pytestmark = pytest.mark.django_db


def names(**asked: Any) -> list[str]:
    chosen = PhotoFilter(asked, Photo.objects.all())
    assert chosen.is_valid(), chosen.errors
    return sorted(photo.original_name for photo in chosen.qs)


def test_nothing_asked_lists_everything() -> None:
    PhotoFactory(original_name="a")
    PhotoFactory(original_name="b")

    assert names() == ["a", "b"]
    assert names(status="", verdict="", entrance="", start="", end="") == ["a", "b"]


def test_by_status_verdict_and_entrance() -> None:
    gate = EntranceFactory(slug="gate")
    PhotoFactory(original_name="waits")
    PhotoFactory(original_name="flagged", labels=["no_mask"])
    PhotoFactory(original_name="fine at the gate", labels=["mask"], entrance=gate)

    assert names(status="waiting") == ["waits"]
    assert names(verdict="violation") == ["flagged"]
    assert names(entrance="gate") == ["fine at the gate"]
    assert names(entrance="gate", verdict="violation") == []


def test_by_what_people_saw_where_no_face_was_found() -> None:
    PhotoFactory(original_name="not yet", labels=[])
    PhotoFactory(original_name="empty", labels=[], look="nobody_there")
    PhotoFactory(original_name="missed", labels=[], look="people_missed")
    PhotoFactory(original_name="found meanwhile", labels=["mask"], look="people_missed")
    PhotoFactory(original_name="waits")

    assert names(look="not_yet") == ["not yet"]
    assert names(look="nobody_there") == ["empty"]
    assert names(look="people_missed") == ["missed"]
    assert len(names(look="")) == 5


def test_by_the_day_they_were_taken_both_ends_included() -> None:
    for day in (1, 2, 3, 4):
        PhotoFactory(original_name=str(day), taken_at=datetime(2026, 3, day, 12, tzinfo=UTC))

    assert names(start="2026-03-02") == ["2", "3", "4"]
    assert names(end="2026-03-02") == ["1", "2"]
    assert names(start="2026-03-02", end="2026-03-03") == ["2", "3"]
    assert names(start="2026-03-03", end="2026-03-02") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "lost"), ("verdict", "guilty"), ("look", "perhaps"), ("entrance", "nowhere"), ("start", "yesterday")],
)
def test_what_does_not_exist_is_said_to_be_wrong(field: str, value: str) -> None:
    chosen = PhotoFilter({field: value}, Photo.objects.all())

    assert not chosen.is_valid()
    assert list(chosen.errors) == [field]


def test_the_report_s_filter_answers_with_a_span() -> None:
    gate = EntranceFactory(slug="gate")
    chosen = SpanFilter({"start": "2026-03-02", "end": "2026-03-05", "entrance": "gate"})

    assert chosen.is_valid()
    assert chosen.span == Span(date(2026, 3, 2), date(2026, 3, 5), gate)


def test_a_span_of_nothing_is_everything() -> None:
    chosen = SpanFilter({})

    assert chosen.is_valid()
    assert chosen.span == Span()

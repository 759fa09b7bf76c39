"""The report against the same numbers counted by hand, and its rows for a spreadsheet."""

import csv
import itertools
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from detection.models import Entrance, Face, ModelVersion, Photo
from detection.report import CSV_HEADER, FORMULA_STARTS, Span, csv_rows, flagged_faces, make_report, safe
from detection.vision.labels import Label, summary_of, verdict_of
from tests.factories import (
    AdminFactory,
    EntranceFactory,
    FaceFactory,
    FinderVersionFactory,
    ModelVersionFactory,
    PhotoFactory,
    finish,
    searched_by_ours,
)

pytestmark = pytest.mark.django_db
FIRST_DAY = date(2026, 3, 1)
LABELS = st.lists(st.sampled_from([label.value for label in Label]), max_size=4)
STATUSES = st.sampled_from(["waiting", "scanning", "done", "done", "done", "failed"])
PHOTOS = st.lists(st.tuples(STATUSES, LABELS, st.integers(0, 4 * 24 - 1), st.booleans()), max_size=12)
DAYS = st.none() | st.integers(0, 4)
number = itertools.count()


class TestAgainstBruteForce(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(photos=PHOTOS, start=DAYS, end=DAYS, at_gate=st.booleans())
    def test_counts_are_those_of_the_photos_of_the_span(
        self, photos: list[Any], start: int | None, end: int | None, at_gate: bool
    ) -> None:
        gate, other = EntranceFactory(), EntranceFactory()
        version = ModelVersionFactory()
        for status, labels, hour, here in photos:
            make_photo(status, labels, hour, gate if here else other, version)
        span = Span(day(start), day(end), gate if at_gate else None)

        report = make_report(AdminFactory(), span)

        inside = [p for p in photos if (not at_gate or p[3]) and within(p[2], start, end)]
        done = [labels for status, labels, *_ in inside if status == "done"]
        verdicts = Counter(verdict_of([Label(label) for label in labels]).value for labels in done)
        people = Counter(label for labels in done for label in labels)
        assert report.photos == len(inside)
        assert report.waiting == sum(status in {"waiting", "scanning"} for status, *_ in inside)
        assert report.failed == sum(status == "failed" for status, *_ in inside)
        assert (report.compliant, report.violation, report.unsure_photos, report.no_face) == tuple(
            verdicts[verdict] for verdict in ("compliant", "violation", "unsure", "no_face")
        )
        assert (report.mask, report.no_mask, report.incorrect, report.unsure) == tuple(
            people[label] for label in ("mask", "no_mask", "incorrect", "unsure")
        )
        judged = people["mask"] + people["no_mask"] + people["incorrect"]
        assert report.compliance_rate == (people["mask"] / judged if judged else None)


def make_photo(status: str, labels: list[str], hour: int, entrance: Entrance, version: ModelVersion) -> None:
    """The row alone; an earlier scan's counts stay on photos that wait or failed, and must not be counted."""
    known = [Label(label) for label in labels]
    taken_at = datetime.combine(FIRST_DAY, time(), UTC) + timedelta(hours=hour)
    counts = {f"{label}_count": count for label, count in summary_of(known).items()}
    PhotoFactory(
        entrance=entrance,
        image="photos/a.jpg",
        thumbnail="thumbnails/a.jpg",
        sha256=f"{next(number):064x}",
        status=status,
        verdict=verdict_of(known),
        model_version=version,
        taken_at=taken_at,
        **counts,
    )


def day(offset: int | None) -> date | None:
    return None if offset is None else FIRST_DAY + timedelta(days=offset)


def within(hour: int, start: int | None, end: int | None) -> bool:
    taken = hour // 24
    return (start is None or start <= taken) and (end is None or taken <= end)


# --- whose report, and when --------------------------------------------------------------------------------------
@pytest.fixture
def admin() -> User:
    return AdminFactory()


def test_every_photo_is_in_exactly_one_count(admin: User) -> None:
    for labels in (["mask"], ["mask", "no_mask"], ["incorrect"], ["unsure"], []):
        PhotoFactory(labels=labels)
    PhotoFactory()
    PhotoFactory(status="failed")

    report = make_report(admin, Span())

    counts = [report.compliant, report.violation, report.unsure_photos, report.no_face, report.waiting, report.failed]
    assert counts == [1, 2, 1, 1, 1, 1]
    assert sum(counts) == report.photos
    assert (report.people, report.flagged) == (5, 2)


def test_no_face_found_is_neither_compliant_nor_a_violation(admin: User) -> None:
    PhotoFactory(labels=[])

    report = make_report(admin, Span())

    assert report.no_face == 1
    assert report.compliance_rate is None


def test_photos_without_a_face_tell_how_many_were_looked_at(admin: User) -> None:
    for look in ("", "nobody_there", "nobody_there", "people_missed"):
        PhotoFactory(labels=[], look=look)
    PhotoFactory(labels=["mask"], look="people_missed")  # found by a later scan
    PhotoFactory(status="waiting", verdict="no_face", look="nobody_there")

    report = make_report(admin, Span())

    assert (report.no_face, report.no_face_looked_at, report.no_face_people_missed) == (4, 3, 1)
    assert (report.compliant, report.violation, report.people) == (1, 0, 1)


def test_the_answer_is_in_the_row_of_a_photo_without_a_face(admin: User) -> None:
    PhotoFactory(labels=[], look="people_missed")
    PhotoFactory(labels=["mask"], look="people_missed")

    header, *rows = csv_rows(admin, Span())

    assert [dict(zip(header, row, strict=True))["looked_at"] for row in rows] == ["people_missed", ""]


def test_people_who_may_not_see_photos_get_an_empty_report() -> None:
    PhotoFactory(labels=["mask"])

    assert make_report(AnonymousUser(), Span()).photos == 0
    assert list(csv_rows(AnonymousUser(), Span())) == [CSV_HEADER]
    assert not flagged_faces(AnonymousUser(), Span()).exists()


def test_days_are_the_school_s_own_also_when_the_clock_changes(admin: User, settings: Any) -> None:
    """In Paris, 29 March 2026 has 23 hours: it begins at 23:00 UTC of the 28th and ends at 22:00 UTC."""
    settings.TIME_ZONE = "Europe/Paris"
    for hour in ("2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00"):
        PhotoFactory(labels=["mask"], taken_at=datetime.fromisoformat(f"{hour}:00+00:00"))

    with timezone.override(ZoneInfo("Europe/Paris")):
        report = make_report(admin, Span(start=date(2026, 3, 29), end=date(2026, 3, 29)))

    assert report.photos == 2


def test_a_report_is_one_query(admin: User, django_assert_num_queries: Any) -> None:
    admin.get_all_permissions()
    with django_assert_num_queries(1):
        make_report(admin, Span(start=FIRST_DAY, end=FIRST_DAY))


# --- flagged faces -----------------------------------------------------------------------------------------------
def test_flagged_faces_come_newest_first_and_only_from_the_last_scan(admin: User) -> None:
    old, new = PhotoFactory(taken_at=timezone.now() - timedelta(days=1)), PhotoFactory()
    finish(old, ["no_mask", "mask"])
    finish(new, ["incorrect"])
    history = ModelVersionFactory()
    FaceFactory(photo=new, model_version=history, label="no_mask", x=200)

    faces = list(flagged_faces(admin, Span()))

    assert [(face.photo, face.label) for face in faces] == [(new, "incorrect"), (old, "no_mask")]


def test_a_photo_that_is_scanned_again_is_not_flagged_meanwhile(admin: User) -> None:
    photo = PhotoFactory(labels=["no_mask"])
    Photo.objects.filter(pk=photo.pk).update(status="waiting")

    assert not flagged_faces(admin, Span()).exists()


# --- rows for a spreadsheet ------------------------------------------------------------------------------------
def test_each_face_is_a_row_and_a_photo_without_any_has_one_too(admin: User) -> None:
    first = PhotoFactory(labels=["mask", "no_mask"], taken_at=datetime(2026, 3, 2, 7, 45, tzinfo=UTC))
    second = PhotoFactory(taken_at=datetime(2026, 3, 3, tzinfo=UTC))

    header, *rows = csv_rows(admin, Span())

    assert header == CSV_HEADER
    assert all(len(row) == len(CSV_HEADER) for row in rows)
    as_dicts = [dict(zip(CSV_HEADER, row, strict=True)) for row in rows]
    assert [(row["photo"], row["label"]) for row in as_dicts] == [
        (first.pk, "mask"),
        (first.pk, "no_mask"),
        (second.pk, ""),
    ]
    assert as_dicts[0]["taken_at"] == "2026-03-02T07:45:00+00:00"
    assert as_dicts[0]["score"] == "0.970"
    assert (as_dicts[0]["finder"], as_dicts[0]["finder_score"], as_dicts[0]["finder_version"]) == ("haar", "5.000", "")
    assert as_dicts[0]["judged_by"] == "classifier"
    assert as_dicts[2]["status"] == "waiting"


def test_a_row_names_the_version_of_our_own_finder(admin: User) -> None:
    searched_by_ours("both", version=FinderVersionFactory(name="=finder"))

    header, row = csv_rows(admin, Span())

    told = dict(zip(header, row, strict=True))
    assert (told["finder"], told["finder_version"], told["judged_by"]) == ("ssd", "'=finder", "both")


def test_faces_of_earlier_models_are_no_rows(admin: User) -> None:
    photo = PhotoFactory(labels=["mask"])
    FaceFactory(photo=photo, label="no_mask", x=300)
    assert Face.objects.count() == 2

    assert len(list(csv_rows(admin, Span()))) == 2


def test_many_photos_take_no_more_queries_than_few(admin: User, django_assert_max_num_queries: Any) -> None:
    version, finder = ModelVersionFactory(), FinderVersionFactory()
    for _ in range(20):
        FaceFactory(
            photo=PhotoFactory(
                image="a", thumbnail="a", model_version=version, status="done", finder="ssd", finder_version=finder
            ),
            model_version=version,
            finder="ssd",
            finder_version=finder,
            crop="a",
        )
    admin.get_all_permissions()
    with django_assert_max_num_queries(4):
        assert len(list(csv_rows(admin, Span()))) == 21


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_name_is_never_a_formula(admin: User, name: str) -> None:
    PhotoFactory(labels=["mask"], entrance=EntranceFactory(name=name))
    ModelVersion.objects.update(name=name)

    buffer = StringIO()
    csv.writer(buffer).writerows(csv_rows(admin, Span()))
    row = next(csv.DictReader(StringIO(buffer.getvalue(), newline="")))

    assert row["entrance"] == f"'{name}"
    assert row["model_version"] == f"'{name}"


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not safe(text).startswith(FORMULA_STARTS)
    assert safe(text).removeprefix("'") == text.removeprefix("'")

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from detection.models import Face, Photo
from detection.report import CSV_HEADER, Report
from detection.views import report as view
from tests.factories import EntranceFactory, PhotoFactory

pytestmark = pytest.mark.django_db
MAY = {"start": "2026-05-01", "end": "2026-05-31"}


def in_may(day: int = 4, **more: Any) -> Photo:
    return PhotoFactory(taken_at=datetime(2026, 5, day, 8, tzinfo=UTC), **more)


def show(client: Client, **asked: str) -> str:
    return re.sub(r"\s+", " ", client.get(reverse("detection:report"), asked).content.decode())


def report_with(**counts: int) -> Report:
    return Report(**{**dict.fromkeys(Report.__dataclass_fields__, 0), **counts})


class TestPage:
    def test_people_photos_and_the_rate_are_counted(self, staff_client: Client) -> None:
        in_may(labels=["mask", "mask", "no_mask"])
        in_may(labels=["mask", "unsure"])
        in_may(labels=[])
        in_may()

        page = show(staff_client, **MAY)

        assert "75 %" in page
        assert "5 people" in page
        assert "4 photos" in page
        assert "People: 3 mask, 1 no mask, 1 unsure" in page
        assert "Photos: 1 violation, 1 unsure, 1 no face found, 1 waiting" in page

    def test_without_a_span_it_shows_the_last_seven_days(self, staff_client: Client) -> None:
        recent = PhotoFactory(labels=["no_mask"], taken_at=timezone.now() - timedelta(days=6))
        PhotoFactory(labels=["no_mask"], taken_at=timezone.now() - timedelta(days=8))

        page = show(staff_client)

        assert "1 flagged face" in page
        assert recent.get_absolute_url() in page

    def test_one_entrance_only(self, staff_client: Client) -> None:
        hall = EntranceFactory(name="Sports hall")
        there, elsewhere = in_may(labels=["no_mask"], entrance=hall), in_may(labels=["no_mask"])

        page = show(staff_client, **MAY, entrance=hall.slug)

        assert there.get_absolute_url() in page
        assert elsewhere.get_absolute_url() not in page

    @pytest.mark.parametrize(("days", "name"), [(1, "Today"), (7, "7 days"), (30, "30 days")])
    def test_usual_spans_are_one_press_away_and_marked_when_shown(
        self, staff_client: Client, days: int, name: str
    ) -> None:
        query = view.span_query(days).replace("&", "&amp;")

        assert f'<a href="?{query}">{name}</a>' in show(staff_client, **MAY)
        assert re.search(rf'<a href="\?{query}" aria-current="true">{name}</a>', show(staff_client, **dict_of(days)))

    def test_flagged_faces_are_cards_that_lead_to_their_photo(self, staff_client: Client) -> None:
        photo = in_may(labels=["mask", "incorrect"])
        face = Face.objects.get(label="incorrect")

        page = show(staff_client, **MAY)

        assert f'href="{photo.get_absolute_url()}#face-{face.pk}"' in page
        assert page.count('class="face-card"') == 1

    def test_many_flagged_faces_have_pages(self, staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(view, "PER_PAGE", 2)
        in_may(labels=["no_mask"] * 3)

        assert "start=2026-05-01&amp;end=2026-05-31&amp;page=2" in show(staff_client, **MAY)
        assert show(staff_client, **MAY, page="2").count('class="face-card"') == 1

    def test_the_second_page_of_the_usual_span_stays_the_usual_span(self, staff_client: Client) -> None:
        PhotoFactory(labels=["no_mask"])

        assert 'aria-current="true">7 days' in show(staff_client, page="1")

    def test_days_without_photos_say_so(self, staff_client: Client) -> None:
        assert "No photos were taken on these days" in show(staff_client, **MAY)

    def test_without_certain_judgements_there_is_no_rate(self, staff_client: Client) -> None:
        in_may(labels=["unsure"])

        assert "so there is no rate" in show(staff_client, **MAY)

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            ({"start": "31.13.2026"}, "Enter a valid date."),
            ({"start": "2026-05-31", "end": "2026-05-01"}, "The first day is after the last."),
        ],
    )
    def test_days_that_make_no_span_are_told_in_the_form(
        self, staff_client: Client, asked: dict[str, str], says: str
    ) -> None:
        answer = staff_client.get(reverse("detection:report"), asked)

        assert answer.status_code == 400
        assert says in answer.content.decode()

    def test_it_takes_few_queries(self, staff_client: Client, django_assert_max_num_queries: Any) -> None:
        for _ in range(3):
            in_may(labels=["no_mask", "incorrect"])

        # session, person, 2 of permissions, entrances, counts, faces
        with django_assert_max_num_queries(7):
            show(staff_client, **MAY)


@pytest.mark.parametrize(
    ("counts", "rate"),
    [
        ({"mask": 3, "no_mask": 1}, "75"),
        ({"mask": 5}, "100"),
        ({"no_mask": 5}, "0"),
        ({"mask": 999, "incorrect": 1}, "99"),
        ({"mask": 1, "no_mask": 999}, "1"),
        ({"unsure": 4}, ""),
    ],
)
def test_the_rate_is_never_rounded_to_all_or_none(counts: dict[str, int], rate: str) -> None:
    assert view.rate_text(report_with(**counts)) == rate


class TestCsv:
    def rows(self, client: Client, **asked: str) -> list[list[str]]:
        answer = client.get(reverse("detection:report_csv"), asked)
        self.answer = answer
        text = b"".join(answer.streaming_content).decode("utf-8")  # type: ignore[attr-defined]
        assert text.startswith("\ufeff")
        return list(csv.reader(StringIO(text.removeprefix("\ufeff"))))

    def test_a_row_for_each_face_and_photo_without_one(self, staff_client: Client) -> None:
        photo = in_may(labels=["mask", "no_mask"])
        in_may(day=5, labels=[])

        header, *rows = self.rows(staff_client, **MAY)

        assert header == CSV_HEADER
        assert [row[header.index("label")] for row in rows] == ["mask", "no_mask", ""]
        assert rows[0][0] == str(photo.pk)
        assert self.answer["Content-Type"] == "text/csv; charset=utf-8"
        assert self.answer["X-Content-Type-Options"] == "nosniff"

    def test_the_file_is_named_after_what_was_asked(self, staff_client: Client) -> None:
        hall = EntranceFactory(slug="hall")

        self.rows(staff_client, **MAY, entrance=hall.slug)

        name = "maskweb-report-hall-2026-05-01-2026-05-31.csv"
        assert self.answer["Content-Disposition"] == f'attachment; filename="{name}"'

    def test_names_are_text_in_a_spreadsheet(self, staff_client: Client) -> None:
        in_may(labels=["mask"], entrance=EntranceFactory(name="=cmd|' /C calc'!A0"))

        assert self.rows(staff_client, **MAY)[1][2].startswith("'=")

    def test_days_that_are_none_are_refused(self, staff_client: Client) -> None:
        assert staff_client.get(reverse("detection:report_csv"), {"start": "x"}).status_code == 400


def dict_of(days: int) -> dict[str, str]:
    return dict(part.split("=") for part in view.span_query(days).split("&"))

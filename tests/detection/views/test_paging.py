import pytest
from django.http import QueryDict

from detection.models import Photo
from detection.views.paging import LAST, page_number, page_of
from tests.factories import PhotoFactory


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 1), ("1", 1), ("7", 7), ("0", 1), ("-3", 1), ("two", 1), ("٣", 1), ("99999999", LAST), ("9" * 30, 1)],
)
def test_any_text_is_a_page_number(text: str, number: int) -> None:
    assert page_number(text) == number


@pytest.mark.django_db
def test_a_full_last_page_promises_no_next_one() -> None:
    for _ in range(4):
        PhotoFactory()
    photos = Photo.objects.order_by("pk")

    first, second = (page_of(photos, QueryDict(f"page={number}"), size=2) for number in (1, 2))

    assert (len(first.rows), first.newer, first.older) == (2, "", "?page=2")
    assert (len(second.rows), second.newer, second.older) == (2, "?page=1", "")

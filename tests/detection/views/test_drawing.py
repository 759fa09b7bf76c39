import pytest

from detection.models import Face, Photo
from detection.views.drawing import boxes_on, shares

PHOTO = Photo(width=4000, height=3000)


def box(**place: int) -> object:
    return boxes_on(PHOTO, [Face(**{"x": 400, "y": 600, "width": 1000, "height": 1500, **place})])[0]


def test_boxes_are_numbered_and_measured_in_per_cent() -> None:
    found = box()

    assert (found.number, found.x, found.y, found.width, found.height) == (  # type: ignore[attr-defined]
        1,
        "10.000%",
        "20.000%",
        "25.000%",
        "50.000%",
    )


@pytest.mark.parametrize(("y", "inside"), [(0, True), (200, True), (600, False)])
def test_a_name_stays_on_the_picture_at_the_top(y: int, inside: bool) -> None:
    assert box(y=y).name_inside is inside  # type: ignore[attr-defined]


@pytest.mark.parametrize(("x", "right"), [(400, False), (3000, True)])
def test_a_name_stays_on_the_picture_at_the_right(x: int, right: bool) -> None:
    assert box(x=x).name_right is right  # type: ignore[attr-defined]


def test_shares_fill_the_bar_one_after_the_other() -> None:
    parts = shares({("a", "A"): 1, ("b", "B"): 0, ("c", "C"): 3})

    assert [(part.kind, part.start, part.width) for part in parts] == [
        ("a", "0.000%", "25.000%"),
        ("c", "25.000%", "75.000%"),
    ]


def test_nothing_counted_is_nothing_drawn() -> None:
    assert shares({("a", "A"): 0}) == []

"""Boxes: what they share, where they lie on another size, and which votes mean one face."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.vision.boxes import Box, FoundBox, ious, merged_votes

boxes = st.builds(Box, *[st.integers(-50, 200)] * 2, *[st.integers(1, 200)] * 2)


@pytest.mark.parametrize(
    ("other", "iou", "inside"),
    [
        (Box(0, 0, 10, 10), 1.0, 1.0),
        (Box(5, 0, 10, 10), 50 / 150, 0.5),
        (Box(2, 2, 5, 5), 0.25, 1.0),
        (Box(10, 0, 10, 10), 0.0, 0.0),
        (Box(30, 30, 1, 1), 0.0, 0.0),
        (Box(3, 3, 0, 0), 0.0, 0.0),
    ],
)
def test_how_much_two_boxes_share(other: Box, iou: float, inside: float) -> None:
    box = Box(0, 0, 10, 10)
    assert box.iou(other) == pytest.approx(iou)
    assert box.inside(other) == pytest.approx(inside)


@given(one=boxes, other=boxes)
def test_sharing_is_mutual_and_a_part(one: Box, other: Box) -> None:
    assert one.iou(other) == other.iou(one)
    assert 0 <= one.iou(other) <= one.inside(other) <= 1


@given(box=boxes, width=st.integers(1, 150), height=st.integers(1, 150))
def test_a_clipped_box_lies_on_the_picture(box: Box, width: int, height: int) -> None:
    x, y, w, h = box.clipped(width, height)
    assert 0 <= x <= x + w <= width
    assert 0 <= y <= y + h <= height
    assert Box(x, y, w, h).overlap(box) == w * h


def test_scaling_keeps_neighbours_neighbours() -> None:
    left, right = Box(0, 0, 3, 3).scaled(1.5, 1.5), Box(3, 0, 3, 3).scaled(1.5, 1.5)
    assert left.x + left.width == right.x
    assert Box(10, 20, 30, 40).scaled(2, 0.5) == Box(20, 10, 60, 20)


def test_a_found_box_is_sure_and_trusted_like_any_other_unless_its_finder_says_more() -> None:
    found = FoundBox(Box(0, 0, 10, 10), 3.0, "haar")
    assert (found.trust, found.labels, found.sure) == (1.0, None, True)


def test_votes_for_one_place_become_their_mean_and_their_number() -> None:
    votes = np.array([[0, 0, 10, 10], [100, 100, 20, 20], [102, 100, 20, 20], [101, 103, 20, 20]], np.float64)
    places, counts = merged_votes(votes, 0.4)
    assert counts.tolist() == [3, 1]
    assert places.tolist() == [[101, 101, 20, 20], [0, 0, 10, 10]]


def test_thousands_of_votes_are_gathered_too() -> None:
    places = np.array([[100.0 * place, 0, 50, 50] for place in range(12)])
    found, counts = merged_votes(np.tile(places, (100, 1)), 0.4)
    assert counts.tolist() == [100] * 12
    assert sorted(found[:, 0]) == list(places[:, 0])


def test_no_votes_are_no_boxes() -> None:
    places, counts = merged_votes(np.zeros((0, 4)), 0.4)
    assert places.shape == (0, 4)
    assert counts.shape == (0,)


@given(one=boxes, other=boxes)
def test_many_at_once_are_as_one_by_one(one: Box, other: Box) -> None:
    shared = ious(np.array([one, other], np.float64), np.array([other], np.float64))
    assert shared.ravel().tolist() == pytest.approx([one.iou(other), 1.0])

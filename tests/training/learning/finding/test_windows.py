"""Parts of photos: a face's box stays on its face whatever is done to the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.training.learning.finding.drawn import bounds, colour_outside, covered_part, draw
from training.learning.finding.marked import IGNORED, Marked
from training.learning.finding.windows import LEAST_SIDE, LEAST_VISIBLE, MOST_TURN, clipped, mirrored, window

PHOTO = draw(300, 200, (100, 60, 150, 120, 0))


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.59, 0.61, 1.0, 1.4, 2.0])
@pytest.mark.parametrize("corner", [(80.0, 50.0), (93.3, 41.7)])
def test_a_box_follows_its_face_to_the_pixel(scale: float, corner: tuple[float, float]) -> None:
    made = window(PHOTO, 160, scale, corner)

    assert made.pixels.shape == (160, 160, 3)
    assert made.labels.tolist() == [0]
    assert np.abs(made.boxes[0] - bounds(made.pixels, 0)).max() <= 1
    expected = (np.array([100, 60, 150, 120]) - [*corner, *corner]) * scale
    np.testing.assert_allclose(made.boxes[0], np.clip(expected, 0, 160), atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(scale=some.floats(0.25, 2.0), x=some.floats(-60, 140), y=some.floats(-40, 100), turn=some.floats(-10, 10))
def test_wherever_the_window_lies_its_faces_lie_in_their_boxes(scale: float, x: float, y: float, turn: float) -> None:
    made = window(PHOTO, 96, scale, (x, y), turn)

    for face in range(len(made.boxes)):
        left, top, right, bottom = made.boxes[face]
        assert 0 <= left < right <= 96
        assert 0 <= top < bottom <= 96
        if made.labels[face] != IGNORED and min(right - left, bottom - top) > 10:
            assert covered_part(made, face) > 0.75


@pytest.mark.parametrize("turn", [-MOST_TURN, -4.0, 3.0, MOST_TURN])
def test_a_turned_face_keeps_its_size_and_its_middle(turn: float) -> None:
    made = window(PHOTO, 200, 1.0, (40.0, 10.0), turn)

    left, top, right, bottom = made.boxes[0]
    seen = bounds(made.pixels, 0)
    assert (right - left, bottom - top) == pytest.approx((50, 60), abs=1e-3)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(
        ((seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2), abs=1.5
    )
    assert covered_part(made, 0) > 0.85


def test_where_the_photo_ends_the_picture_is_grey() -> None:
    made = window(draw(40, 40), 100, 1.0, (-30.0, -30.0))

    assert made.pixels[5, 5].tolist() == made.pixels[95, 95].tolist() == [114, 114, 114]
    assert made.boxes.shape == (0, 4)


def test_a_face_outside_the_window_is_gone() -> None:
    assert len(window(PHOTO, 64, 1.0, (200.0, 0.0)).boxes) == 0


@pytest.mark.parametrize(("visible", "label"), [(LEAST_VISIBLE + 0.05, 0), (LEAST_VISIBLE - 0.05, IGNORED)])
def test_a_face_hardly_visible_is_neither_face_nor_background(visible: float, label: int) -> None:
    made = window(PHOTO, 128, 1.0, (150 - 50 * visible, 0.0))

    assert made.labels.tolist() == [label]
    assert made.boxes[0, 2] - made.boxes[0, 0] == pytest.approx(50 * visible, abs=0.01)


@pytest.mark.parametrize(("side", "label"), [(LEAST_SIDE + 0.5, 0), (LEAST_SIDE - 0.5, IGNORED)])
def test_a_tiny_face_is_ignored(side: float, label: int) -> None:
    assert window(PHOTO, 64, side / 50, (0.0, 0.0)).labels.tolist() == [label]


def test_an_ignored_face_stays_ignored() -> None:
    photo = draw(100, 100, (30, 30, 70, 70, IGNORED))

    assert window(photo, 100, 1.0, (0.0, 0.0)).labels.tolist() == [IGNORED]


def test_whether_a_box_was_drawn_stays_with_it() -> None:
    pixels = PHOTO.pixels
    marked = Marked(
        pixels,
        np.array([[-50, 0, -10, 40], [10, 10, 60, 60], [80, 80, 120, 120]], np.float32),
        np.array([0, 1, 2]),
        np.array([True, False, True]),
    )

    left = clipped(marked)

    assert left.labels.tolist() == [1, 2]
    assert left.exact.tolist() == [False, True]


def test_clipping_leaves_the_picture_given_alone() -> None:
    marked = Marked.of(PHOTO.pixels, [(-20, -20, 40, 40)], [0])

    assert clipped(marked).boxes.tolist() == [[0, 0, 40, 40]]
    assert marked.boxes.tolist() == [[-20, -20, 40, 40]]


def test_a_mirrored_face_lies_on_the_other_side() -> None:
    made = mirrored(PHOTO)

    assert made.boxes.tolist() == [[150, 60, 200, 120]]
    assert bounds(made.pixels, 0) == [150, 60, 200, 120]
    assert colour_outside(made) == 0
    assert np.array_equal(mirrored(made).boxes, PHOTO.boxes)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from detection.vision.crops import CROP_SCALE, cut, resized, square_round


def gradient(height: int, width: int) -> np.ndarray:
    """Red grows to the right, green downwards, so that a pixel tells where it came from."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.arange(width)[None, :]
    picture[..., 1] = np.arange(height)[:, None]
    return picture


def test_the_square_is_a_third_larger_than_the_longer_side_and_keeps_the_centre() -> None:
    left, top, side = square_round((100, 50, 40, 60))

    assert side == round(CROP_SCALE * 60)
    assert (left + side / 2, top + side / 2) == (120, 80)


def test_a_box_well_inside_is_cut_without_moving_or_padding() -> None:
    cut_out = cut(gradient(200, 200), (80, 60, 40, 40), 52)

    assert cut_out.shape == (52, 52, 3)
    assert cut_out[0, 0].tolist() == [74, 54, 0]
    assert cut_out[-1, -1].tolist() == [125, 105, 0]


@pytest.mark.parametrize(
    ("box", "first"),
    [((0, 0, 40, 40), [0, 0, 0]), ((160, 160, 40, 40), [148, 148, 0]), ((0, 160, 40, 40), [0, 148, 0])],
)
def test_at_the_edge_the_square_is_moved_into_the_picture(box: tuple[int, ...], first: list[int]) -> None:
    assert cut(gradient(200, 200), box, 52)[0, 0].tolist() == first


def test_a_square_larger_than_the_picture_repeats_the_edge_on_both_sides() -> None:
    picture = gradient(60, 200)

    cut_out = cut(picture, (70, 0, 60, 60), 78)

    assert cut_out[0].tolist() == cut_out[9].tolist()
    assert cut_out[-1].tolist() == cut_out[-9].tolist()
    assert cut_out[30, 0, 0] == 61


def test_shrinking_averages_areas_instead_of_picking_pixels() -> None:
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[:, ::2] = 255

    assert np.all(np.abs(resized(stripes, 20).astype(int) - 128) <= 1)


def test_a_picture_of_the_right_size_is_given_back_unchanged() -> None:
    picture = gradient(32, 32)

    assert np.array_equal(resized(picture, 32), picture)


def test_a_picture_that_is_not_square_is_stretched() -> None:
    assert resized(gradient(30, 90), 45).shape == (45, 45, 3)


@given(
    width=some.integers(1, 120),
    height=some.integers(1, 120),
    box=some.tuples(some.integers(-50, 150), some.integers(-50, 150), some.integers(1, 200), some.integers(1, 200)),
)
def test_any_box_on_any_picture_gives_a_square_of_the_size_asked_for(
    width: int, height: int, box: tuple[int, int, int, int]
) -> None:
    cut_out = cut(np.full((height, width, 3), 7, np.uint8), box, 24)

    assert cut_out.shape == (24, 24, 3)
    assert np.all(cut_out == 7)

"""When and how a photo is looked at more closely."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detection.vision.boxes import Box, FoundBox
from detection.vision.closer import (
    CLOSER_PIXELS,
    CUT_MARGIN,
    SMALL_FACE,
    TILE_OVERLAP,
    TILE_SIDE,
    WANTED_FACE,
    WORTH_IT,
    Tile,
    closer_side,
    is_cut,
    tiles_of,
)

SEARCHED, PHOTO = (640, 480), (4000, 3000)
sides = some.integers(1, 6000)


def faces(*heights: int, sure: bool = True) -> list[FoundBox]:
    return [FoundBox(Box(0, 0, height // 2, height), 0.9, "ssd", sure=sure) for height in heights]


class TestWhetherToLookCloser:
    def test_faces_that_are_large_enough_need_no_second_look(self) -> None:
        assert closer_side(faces(SMALL_FACE, 200), SEARCHED, PHOTO) == 0

    def test_the_smallest_face_decides_how_large_the_photo_is_made(self) -> None:
        assert closer_side(faces(200, 20), SEARCHED, PHOTO) == 640 * WANTED_FACE / 20

    def test_a_faint_box_is_a_reason_too(self) -> None:
        assert closer_side(faces(20, sure=False), SEARCHED, PHOTO) == closer_side(faces(20), SEARCHED, PHOTO) > 0

    def test_nothing_found_is_a_reason_to_look_as_closely_as_allowed(self) -> None:
        side = closer_side([], SEARCHED, PHOTO)

        assert side == round(math.sqrt(CLOSER_PIXELS * 4 / 3))

    def test_a_photo_is_never_enlarged(self) -> None:
        assert closer_side(faces(10), SEARCHED, (640, 480)) == 0
        assert closer_side(faces(10), SEARCHED, (800, 600)) == 800

    @pytest.mark.parametrize("photo", [(200, 150), (400, 300)])
    def test_a_picture_that_would_hardly_grow_is_not_searched_again(self, photo: tuple[int, int]) -> None:
        assert closer_side(faces(10), SEARCHED, photo) == 0

    def test_just_under_the_size_of_a_small_face_the_photo_must_still_grow_enough(self) -> None:
        assert closer_side(faces(SMALL_FACE - 1), SEARCHED, PHOTO) >= 640 * WORTH_IT

    @pytest.mark.parametrize("most_pixels", [0, -1])
    def test_it_can_be_turned_off(self, most_pixels: int) -> None:
        assert closer_side(faces(10), SEARCHED, PHOTO, most_pixels) == 0
        assert closer_side([], SEARCHED, PHOTO, most_pixels) == 0

    @given(width=sides, height=sides, smallest=some.integers(0, 60), most_pixels=some.integers(0, 8_000_000))
    def test_a_closer_look_costs_no_more_than_allowed_and_is_worth_it(
        self, width: int, height: int, smallest: int, most_pixels: int
    ) -> None:
        scale = min(640 / max(width, height), 1)
        searched = (max(round(width * scale), 1), max(round(height * scale), 1))

        side = closer_side(faces(smallest) if smallest else [], searched, (width, height), most_pixels)

        if side:
            shorter = side * min(width, height) / max(width, height)
            assert (side - 1) * (shorter - 1) <= most_pixels
            assert side >= round(WORTH_IT * max(searched))
            assert side <= max(width, height)


class TestTiles:
    @given(width=sides, height=sides)
    def test_they_lie_on_the_picture_and_are_of_one_size(self, width: int, height: int) -> None:
        tiles = tiles_of(width, height)

        assert len({(tile.width, tile.height) for tile in tiles}) == 1
        assert len(set(tiles)) == len(tiles)
        for tile in tiles:
            assert 0 <= tile.left <= tile.left + tile.width <= width
            assert 0 <= tile.top <= tile.top + tile.height <= height
            assert max(tile.width, tile.height) <= TILE_SIDE

    @given(width=sides, height=sides)
    def test_they_cover_every_pixel_and_neighbours_overlap(self, width: int, height: int) -> None:
        tiles = tiles_of(width, height)

        for spans, length in (
            (sorted({(tile.left, tile.left + tile.width) for tile in tiles}), width),
            (sorted({(tile.top, tile.top + tile.height) for tile in tiles}), height),
        ):
            assert spans[0][0] == 0
            assert spans[-1][1] == length
            assert all(end - start >= TILE_OVERLAP for (_, end), (start, _) in pairwise(spans))
        assert len(tiles) == len({tile.left for tile in tiles}) * len({tile.top for tile in tiles})

    def test_a_picture_of_the_size_of_a_tile_is_one(self) -> None:
        assert tiles_of(TILE_SIDE, TILE_SIDE) == [Tile(0, 0, TILE_SIDE, TILE_SIDE)]
        assert len(tiles_of(TILE_SIDE + 1, TILE_SIDE)) == 2

    @given(x=some.integers(0, 2000), y=some.integers(0, 1400), width=some.integers(1, 90), height=some.integers(1, 90))
    def test_a_face_that_fits_into_the_overlap_is_whole_in_some_tile(
        self, x: int, y: int, width: int, height: int
    ) -> None:
        x, y = min(x, 2000 - width), min(y, 1400 - height)

        def holds(tile: Tile) -> bool:
            left, top = x - tile.left, y - tile.top
            inside = left >= 0 and top >= 0 and left + width <= tile.width and top + height <= tile.height
            return inside and not is_cut(Box(left, top, width, height), tile, 2000, 1400)

        assert any(holds(tile) for tile in tiles_of(2000, 1400))


class TestCutBoxes:
    TILE = Tile(100, 0, 200, 300)  # of a picture of 400 x 300: left and right are inner edges

    @pytest.mark.parametrize(
        ("box", "cut"),
        [
            (Box(50, 50, 40, 40), False),
            (Box(CUT_MARGIN, 50, 40, 40), True),
            (Box(CUT_MARGIN + 1, 50, 40, 40), False),
            (Box(160 - CUT_MARGIN, 50, 40, 40), True),
            (Box(159 - CUT_MARGIN, 50, 40, 40), False),
            (Box(50, 0, 40, 40), False),
            (Box(50, 260, 40, 40), False),
        ],
    )
    def test_only_an_inner_edge_cuts(self, box: Box, *, cut: bool) -> None:
        assert is_cut(box, self.TILE, 400, 300) is cut

    def test_one_tile_alone_cuts_nothing(self) -> None:
        assert not is_cut(Box(0, 0, 80, 60), Tile(0, 0, 80, 60), 80, 60)

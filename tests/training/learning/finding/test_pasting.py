import numpy as np
import pytest

from tests.training.learning.finding.drawn import bounds, colour_outside, covered_part, draw
from training.learning.finding.marked import IGNORED, marked_crop
from training.learning.finding.pasting import blended, mosaic, pasted, patch_of


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("side", [12.0, 40.0, 90.0])
@pytest.mark.parametrize("face", [(80, 60, 120, 110, 1), (0, 0, 40, 50, 1), (160, 150, 200, 200, 1)])
def test_a_patch_has_its_face_at_the_size_asked_for(side: float, face: tuple[int, int, int, int, int]) -> None:
    patch = patch_of(draw(200, 200, face), 0, side, random())

    assert patch.labels.tolist() == [1]
    assert float(patch.sides[0]) == pytest.approx(side, rel=0.1)
    assert np.abs(patch.boxes[0] - bounds(patch.pixels, 1)).max() <= 1.5


def test_a_patch_shows_some_of_what_is_around_the_face() -> None:
    photo = draw(200, 200, (80, 60, 120, 110, 1))

    shapes = {patch_of(photo, 0, 50.0, random(seed)).pixels.shape for seed in range(20)}

    assert len(shapes) > 5
    assert all(57 <= min(shape[:2]) <= max(shape[:2]) <= 92 for shape in shapes)


def test_a_patch_is_of_the_one_face_asked_for() -> None:
    photo = draw(300, 100, (20, 20, 60, 60, 0), (200, 20, 240, 70, 2))

    assert patch_of(photo, 1, 30.0, random()).labels.tolist() == [2]


def test_a_neighbour_that_comes_along_is_not_learned_as_background() -> None:
    photo = draw(300, 100, (100, 20, 140, 60, 0), (142, 20, 182, 60, 2))

    patches = [patch_of(photo, 0, 40.0, random(seed)) for seed in range(20)]

    assert {tuple(patch.labels) for patch in patches} <= {(0,), (0, IGNORED)}
    assert any(len(patch.labels) == 2 for patch in patches)
    assert all(colour_outside(patch) == 0 for patch in patches)


def test_the_box_of_a_crop_stays_a_guess() -> None:
    crop = marked_crop(np.full((60, 60, 3), 200, np.uint8), "mask")

    assert not patch_of(crop, 0, 20.0, random()).exact.any()


def test_a_pasted_face_lies_in_its_box_and_covers_no_other() -> None:
    photo, patch = draw(128, 128, (40, 40, 80, 80, 0), (90, 5, 120, 30, IGNORED)), draw(30, 34, (5, 5, 25, 29, 1))
    before = photo.pixels.copy()

    for seed in range(30):
        made = pasted(photo, patch, random(seed))

        assert made.labels.tolist() in ([0, IGNORED], [0, IGNORED, 1])
        assert covered_part(made, 0) == 1.0
        assert (made.pixels[5:30, 90:120] == 255).all()
        assert colour_outside(made, (0, 1)) == 0
        if len(made.labels) == 3:
            assert covered_part(made, 2) > 0.98
    assert np.array_equal(photo.pixels, before)


def test_without_a_free_place_the_picture_stays_as_it_was() -> None:
    photo = draw(64, 64, (2, 2, 62, 62, 0))

    assert pasted(photo, draw(20, 20, (4, 4, 16, 16, 1)), random()) is photo


@pytest.mark.parametrize("size", [(64, 20), (20, 64), (90, 90)])
def test_a_patch_as_large_as_the_picture_is_not_pasted(size: tuple[int, int]) -> None:
    photo = draw(64, 64)

    assert pasted(photo, draw(*size, (4, 4, 16, 16, 1)), random()) is photo


def test_a_paste_has_soft_edges_and_its_own_pixels_inside() -> None:
    below, patch = np.zeros((40, 60, 3), np.uint8), np.full((40, 60, 3), 200, np.uint8)

    made = blended(below, patch)

    assert (made[5:-5, 5:-5] == 200).all()
    assert 0 < made[0, 30, 0] < made[1, 30, 0] < 200
    assert 0 < made[20, 0, 0] < 200


class TestMosaic:
    def test_four_pictures_meet_and_their_boxes_come_along(self) -> None:
        parts = [draw(96, 96, (28, 28, 68, 68, at % 3)) for at in range(4)]

        for seed in range(20):
            made = mosaic(parts, 96, random(seed))

            assert made.pixels.shape == (96, 96, 3)
            assert len(made.boxes) == 4
            assert colour_outside(made) == 0
            for face in np.flatnonzero(made.labels != IGNORED):
                assert covered_part(made, int(face)) > 0.9

    def test_a_face_cut_off_is_cut_in_its_box_too_and_ignored_when_hardly_there(self) -> None:
        parts = [draw(96, 96, (0, 40, 40, 60, 0)), *[draw(96, 96)] * 3]

        made = [mosaic(parts, 96, random(seed)) for seed in range(30)]

        labels = {tuple(picture.labels) for picture in made}
        assert {(0,), (IGNORED,)} <= labels
        for picture in made:
            for left, top, right, bottom in picture.boxes:
                assert 0 <= left < right <= 96
                assert 0 <= top < bottom <= 96

    def test_pictures_of_nobody_make_a_picture_of_nobody(self) -> None:
        assert mosaic([draw(64, 64)] * 4, 64, random()).boxes.shape == (0, 4)

from pathlib import Path

import numpy as np
import pytest

from detection.vision.crops import cut
from tests.training.learning.pictures import make_pixels, write_picture
from training.learning.augment import plain
from training.learning.errors import LearningError
from training.learning.samples import MAX_CONTEXT_SIDE, boxed, is_held_out, read_picture, share_of, whole_picture


def smooth(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [127 + 100 * np.sin(rows / a) * np.cos(columns / b) for a, b in ((19, 23), (31, 17), (23, 29))]
    return np.stack(waves, axis=-1).astype(np.uint8)


def test_a_picture_is_read_as_red_green_blue(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "red.png", np.full((20, 30, 3), (200, 10, 30), np.uint8))

    pixels = read_picture(path)

    assert pixels.shape == (20, 30, 3)
    assert pixels[0, 0].tolist() == [200, 10, 30]


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut short"])
def test_a_damaged_picture_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.jpg").write_bytes(data)

    with pytest.raises(LearningError, match=r"odd\.jpg is damaged"):
        read_picture(tmp_path / "odd.jpg")


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match=r"none\.jpg cannot be read"):
        read_picture(tmp_path / "none.jpg")


def test_a_whole_picture_is_its_own_frame_and_kept_small() -> None:
    sample = whole_picture(make_pixels("mask", height=300, width=600), "mask")

    assert max(sample.pixels.shape) == MAX_CONTEXT_SIDE
    assert sample.frame == pytest.approx((0, 0, MAX_CONTEXT_SIDE, MAX_CONTEXT_SIDE / 2))
    assert not sample.has_room


@pytest.mark.parametrize(
    "box", [(150, 120, 40, 50), (0, 0, 40, 50), (265, 200, 35, 40), (100, 50, 120, 130), (1, 1, 298, 238)]
)
def test_a_box_is_framed_as_serving_cuts_it(box: tuple[int, int, int, int]) -> None:
    photo = smooth(240, 300)

    sample = boxed(photo, box, "mask")

    difference = plain(sample, 48).astype(int) - cut(photo, box, 48)
    assert np.abs(difference).mean() < 4


def test_a_box_keeps_room_around_it_for_wider_framing() -> None:
    assert boxed(smooth(400, 400), (180, 180, 40, 40), "mask").has_room


def test_the_side_a_photo_falls_on_depends_on_its_name_alone() -> None:
    names = [f"photo-{number}" for number in range(2000)]

    assert [share_of(name) for name in names] == [share_of(name) for name in names]
    assert 150 < sum(is_held_out(name, 0.1) for name in names) < 250
    assert not any(is_held_out(name, 0.0) for name in names)

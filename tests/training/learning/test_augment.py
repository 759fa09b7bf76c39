import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tests.training.learning.pictures import make_pixels
from training.learning import augment
from training.learning.augment import Framing, augmented, covered, moved, noisy, plain, reframed, relit, worsened
from training.learning.samples import Sample, boxed, whole_picture

STILL = Framing(tightest=1.0, widest_with_room=1.0001, widest=1.0001, shift=1e-9, turn=1e-9, stretch=1e-9)


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def smooth_sample() -> Sample:
    rows, columns = np.mgrid[0:96, 0:96]
    return whole_picture(np.stack([rows * 2, columns * 2, rows + columns], axis=-1).astype(np.uint8), "mask")


@settings(max_examples=40, deadline=None)
@given(
    seed=some.integers(0, 10_000),
    size=some.sampled_from([32, 48, 96]),
    height=some.integers(16, 130),
    width=some.integers(16, 130),
)
def test_any_face_becomes_a_square_picture_of_the_size_asked_for(seed: int, size: int, height: int, width: int) -> None:
    pixels = augmented(whole_picture(make_pixels("mask", 0, height, width), "mask"), size, random(seed))

    assert (pixels.shape, pixels.dtype) == ((size, size, 3), np.uint8)


def test_the_same_random_state_gives_the_same_picture() -> None:
    one, two, other = (augmented(smooth_sample(), 48, random(seed)) for seed in (5, 5, 6))

    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_gentle_pictures_stay_closer_to_what_serving_shows() -> None:
    sample = smooth_sample()

    def distance(gentle_part: float) -> float:
        pictures = [augmented(sample, 48, random(seed), gentle_part).astype(int) for seed in range(80)]
        both = (plain(sample, 48), plain(sample, 48)[:, ::-1])  # every second picture is mirrored
        return float(np.mean([min(np.abs(picture - side).mean() for side in both) for picture in pictures]))

    assert distance(1.0) < 0.8 * distance(0.0)


def test_the_sample_itself_is_never_changed() -> None:
    sample = smooth_sample()
    before = sample.pixels.copy()
    for seed in range(40):
        augmented(sample, 48, random(seed))

    assert np.array_equal(sample.pixels, before)


def test_framing_that_changes_nothing_gives_what_serving_shows() -> None:
    sample = smooth_sample()

    difference = reframed(sample, 96, random(), STILL).astype(int) - plain(sample, 96)

    assert np.abs(difference).max() <= 2


def side_of_face(zoom: float) -> int:
    """How many pixels wide a white face of 60 px appears when a photo is framed by that factor."""
    photo = np.zeros((300, 300, 3), np.uint8)
    photo[120:180, 120:180] = 255
    framing = Framing(zoom, zoom + 1e-6, zoom + 1e-6, shift=1e-9, turn=1e-9, stretch=1e-9)
    picture = reframed(boxed(photo, (120, 120, 60, 60), "mask"), 78, random(), framing)
    return int((picture[picture.shape[0] // 2, :, 0] > 128).sum() * 78 / picture.shape[0])


def test_a_larger_zoom_frames_the_face_wider() -> None:
    assert [abs(side_of_face(zoom) - 60 / zoom) <= 2 for zoom in (0.8, 1.0, 1.5)] == [True] * 3


def test_a_picture_without_room_is_never_framed_as_wide_as_one_with_room() -> None:
    assert augment.FRAMING.widest < augment.FRAMING.widest_with_room


def test_other_light_keeps_the_shape_and_changes_the_colours() -> None:
    pixels = smooth_sample().pixels

    lit = [relit(pixels, random(seed)) for seed in range(30)]

    assert {picture.shape for picture in lit} == {pixels.shape}
    assert len({picture.tobytes() for picture in lit}) == 30


def test_some_pictures_become_grey() -> None:
    grey = [np.ptp(relit(smooth_sample().pixels, random(seed)).astype(int), axis=2).max() == 0 for seed in range(100)]

    assert 2 <= sum(grey) <= 25


def test_a_cover_hides_less_than_a_mask_does() -> None:
    pixels = np.full((96, 96, 3), 7, np.uint8)

    parts = [(covered(pixels, random(seed)) != 7).any(axis=2).mean() for seed in range(60)]

    assert min(parts) > 0
    assert max(parts) < 0.09
    assert np.all(pixels == 7)


def test_motion_blur_keeps_the_brightness_and_smears_edges() -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    pixels[30:50, 30:50] = 200

    for seed in range(10):
        blurred = moved(pixels, random(seed))
        assert blurred.mean() == pytest.approx(pixels.mean(), rel=0.1)
        assert len(np.unique(blurred)) > 2


def test_motion_blur_of_a_large_picture_can_be_kept_short() -> None:
    line = np.zeros((200, 200, 3), np.uint8)
    line[:, 100] = 255

    widths = [int((moved(line, random(seed), 5).max(axis=(0, 2)) > 0).sum()) for seed in range(20)]

    assert 1 < max(widths) <= 5


def test_noise_stays_in_range_and_averages_out() -> None:
    pixels = np.full((64, 64, 3), 128, np.uint8)

    noise = noisy(pixels, random())

    assert noise.std() > 1
    assert noise.mean() == pytest.approx(128, abs=2)


def test_worse_pictures_are_softer_on_average() -> None:
    sharp = make_pixels("mask", 1, 96, 96)

    details = [np.abs(np.diff(worsened(sharp, 96, random(s)).astype(int), axis=1)).mean() for s in range(60)]

    assert np.mean(details) < 0.8 * np.abs(np.diff(sharp.astype(int), axis=1)).mean()

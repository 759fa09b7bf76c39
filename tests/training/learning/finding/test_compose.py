"""Training pictures as the finder sees them: of any photo, at any size, with boxes on their faces."""

import numpy as np
import pytest

from tests.training.learning.finding.drawn import colour_outside, coloured, draw
from training.learning.finding import compose
from training.learning.finding.compose import SMALLEST_FACE, Composer, Stock, as_taken, coarser, kept_on
from training.learning.finding.marked import IGNORED, Marked, marked_crop

PHOTOS = (
    draw(320, 240, (40, 40, 90, 100, 0), (200, 60, 260, 130, 1)),
    draw(240, 320, (60, 150, 120, 220, 2)),
    draw(200, 200),
)
CROPS = [marked_crop(draw(60, 60, (8, 5, 52, 55, at)).pixels, name) for at, name in enumerate(("mask", "no_mask"))]
SIZE = 128


def random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def composer() -> Composer:
    return Composer(Stock(PHOTOS, CROPS))


@pytest.fixture
def _as_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other light would change the colours that tell where the faces are, and a turned face leaves its box."""
    monkeypatch.setattr(compose, "MOST_TURN", 0.0)
    monkeypatch.setattr(compose, "as_taken", lambda pixels, _random: pixels)


def pictures(composer: Composer, count: int, size: int = SIZE) -> list[Marked]:
    return [composer.picture(size, random(seed)) for seed in range(count)]


def test_any_picture_is_a_square_with_boxes_inside(composer: Composer) -> None:
    for made in pictures(composer, 60):
        assert (made.pixels.shape, made.pixels.dtype) == ((SIZE, SIZE, 3), np.uint8)
        assert len(made.boxes) == len(made.labels) == len(made.exact)
        assert (made.boxes.dtype, made.labels.dtype) == (np.float32, np.int64)
        assert ((made.boxes >= 0) & (made.boxes <= SIZE)).all()
        assert (made.boxes[:, :2] < made.boxes[:, 2:]).all()


def test_the_same_seed_gives_the_same_picture_and_another_one_another() -> None:
    one, two = (Composer(Stock(PHOTOS, CROPS)).picture(SIZE, random(7)) for _ in range(2))
    other = Composer(Stock(PHOTOS, CROPS)).picture(SIZE, random(8))

    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(one.boxes, two.boxes)
    assert not np.array_equal(one.pixels, other.pixels)


@pytest.mark.usefixtures("_as_drawn")
def test_every_face_lies_in_its_box_and_no_face_lies_in_none() -> None:
    for made in pictures(Composer(Stock(PHOTOS, [])), 150):
        for (left, top, right, bottom), label in zip(made.boxes, made.labels, strict=True):
            if label != IGNORED and min(right - left, bottom - top) > 8:
                inside = coloured(made.pixels, int(label))[round(top) : round(bottom), round(left) : round(right)]
                assert inside.mean() > 0.85
        assert colour_outside(made) == 0


def test_faces_are_shown_at_all_sizes_and_of_all_labels(composer: Composer) -> None:
    sides = np.concatenate([made.sides[made.labels != IGNORED] for made in pictures(composer, 150)])
    labels = np.concatenate([made.labels for made in pictures(composer, 60)])

    assert sides.min() < 1.5 * SMALLEST_FACE
    assert sides.max() > 0.6 * SIZE
    assert {0, 1, 2} <= set(labels.tolist())


def test_some_pictures_show_nobody_and_some_many(composer: Composer) -> None:
    counts = [len(made.boxes) for made in pictures(composer, 150)]

    assert min(counts) == 0
    assert max(counts) >= 4


def test_faces_of_crops_are_pasted_with_boxes_that_are_guessed(composer: Composer) -> None:
    exact = np.concatenate([made.exact for made in pictures(composer, 80)])

    assert 0 < (~exact).mean() < 0.3


def test_photos_alone_are_enough_and_need_not_show_every_label() -> None:
    composer = Composer(Stock(PHOTOS[1:], []))

    labels = np.concatenate([made.labels for made in pictures(composer, 40)])

    assert set(labels.tolist()) <= {2, IGNORED}
    assert 2 in labels


def test_the_stock_is_never_changed(composer: Composer) -> None:
    before = [photo.pixels.copy() for photo in (*PHOTOS, *CROPS)]
    pictures(composer, 40)

    assert all(np.array_equal(photo.pixels, old) for photo, old in zip((*PHOTOS, *CROPS), before, strict=True))


def test_a_picture_round_a_face_shows_it(composer: Composer) -> None:
    for seed in range(40):
        made = composer.round_a_face(SIZE, random(seed), SIZE * 0.95)
        assert len(made.boxes) >= 1


@pytest.mark.parametrize(
    ("corner", "side", "kept"),
    [
        ((-10, 50), 100, (0, 50)),
        ((250, 170), 100, (220, 140)),
        ((30, 30), 240, (30, 0)),
        ((30, 30), 400, (-40, -80)),
    ],
)
def test_a_window_stays_on_the_photo_or_in_its_middle(
    corner: tuple[float, float], side: float, kept: tuple[float, float]
) -> None:
    assert kept_on(PHOTOS[0], np.array(corner, np.float64), side) == kept


def test_other_cameras_change_a_picture_in_many_ways_but_not_its_size() -> None:
    pixels = random(0).integers(0, 256, (96, 96, 3), np.uint8)

    taken = [as_taken(pixels, random(seed)) for seed in range(60)]

    assert {(picture.shape, picture.dtype) for picture in taken} == {((96, 96, 3), np.dtype(np.uint8))}
    assert len({picture.tobytes() for picture in taken}) > 40
    assert any(np.array_equal(picture, pixels) for picture in taken)


def test_digital_zoom_takes_detail_away() -> None:
    pixels = random(0).integers(0, 256, (96, 64, 3), np.uint8)

    made = coarser(pixels, random(1))

    assert made.shape == pixels.shape
    assert np.abs(np.diff(made.astype(int), axis=1)).mean() < 0.7 * np.abs(np.diff(pixels.astype(int), axis=1)).mean()

"""Boxes drawn on pictures: seen by everybody, whatever their eyes and however small the screen."""

from dataclasses import dataclass

import numpy as np
import pytest

from detection.vision.draw import COLOURS, NAMES, annotate, name_place, stripes
from detection.vision.labels import Label


@dataclass
class Drawn:
    box: tuple[int, int, int, int]
    label: str
    score: float = 0.9


def grey(width: int = 640, height: int = 480) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def is_colour(pixels: np.ndarray, label: str) -> np.ndarray:
    return (pixels == np.array(COLOURS[label])).all(axis=-1)


@pytest.mark.parametrize("label", list(Label))
def test_a_box_is_drawn_in_its_labels_colour_round_the_face(label: Label) -> None:
    drawn = annotate(grey(), [Drawn((200, 200, 150, 120), label)])
    found = is_colour(drawn, label)
    assert found[200:320, 200].any()
    assert found[200, 200:350].any()
    assert not found[230:290, 240:300].any()  # the face itself stays free


def test_the_picture_given_is_not_changed() -> None:
    picture = grey()
    drawn = annotate(picture, [Drawn((10, 10, 100, 100), "mask")])
    assert (picture == 128).all()
    assert drawn.shape == picture.shape
    assert drawn.dtype == np.uint8


def test_nothing_to_draw_changes_nothing() -> None:
    assert (annotate(grey(), []) == 128).all()


def test_labels_differ_without_colour_too() -> None:
    """As somebody sees them who sees no colours: no two of them are drawn alike."""
    shapes = []
    for label in Label:
        drawn = annotate(grey(), [Drawn((200, 200, 150, 120), label)])
        shapes.append(is_colour(drawn, label)[200:321, 200:351])
    for number, one in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert np.count_nonzero(one != other) > 100
    assert len(set(NAMES.values())) == len(Label)


@pytest.mark.parametrize("label", list(Label))
def test_the_words_can_be_read(label: Label) -> None:
    """White on the label's colour has the contrast that WCAG 2.2 asks of text (1.4.3: 4.5 to 1)."""
    assert contrast((255, 255, 255), COLOURS[label]) >= 4.5


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_lines_grow_with_the_picture() -> None:
    widths = []
    for scale in (1, 4):
        drawn = annotate(grey(1000 * scale, 800 * scale), [Drawn((300 * scale,) * 4, "mask")])
        row = is_colour(drawn, "mask")[450 * scale]
        widths.append(int(np.count_nonzero(row[: 450 * scale])))
    assert widths[1] >= 3 * widths[0] >= 3


@pytest.mark.parametrize(
    "box", [(0, 0, 640, 480), (-50, -50, 100, 100), (600, 440, 200, 200), (5, 470, 8, 8), (300, 300, 1, 1)]
)
@pytest.mark.parametrize("label", list(Label))
def test_a_box_at_the_edge_or_beyond_is_no_trouble(box: tuple[int, int, int, int], label: Label) -> None:
    assert is_colour(annotate(grey(), [Drawn(box, label)]), label).any()


def test_a_tiny_picture_is_no_trouble() -> None:
    assert annotate(grey(32, 32), [Drawn((4, 4, 20, 20), "no_mask")]).shape == (32, 32, 3)


class TestNamePlaces:
    def test_above_the_box_where_there_is_room(self) -> None:
        assert name_place((100, 100, 200, 200), (80, 20), (640, 480), []) == (100, 80, 180, 100)

    def test_on_the_picture_always(self) -> None:
        for box in ((0, 0, 50, 50), (600, 0, 640, 50), (620, 460, 640, 480)):
            left, top, right, bottom = name_place(box, (80, 20), (640, 480), [])
            assert 0 <= left < right <= 640
            assert 0 <= top < bottom <= 480

    def test_not_on_another_name(self) -> None:
        first = name_place((100, 100, 200, 200), (120, 20), (640, 480), [])
        second = name_place((190, 100, 290, 200), (120, 20), (640, 480), [first])
        assert second[1] >= first[3] or second[0] >= first[2]

    def test_in_a_crowd_somewhere(self) -> None:
        everywhere = [(0, 0, 640, 480)]
        assert name_place((100, 100, 200, 200), (80, 20), (640, 480), everywhere) == (100, 80, 180, 100)


def test_a_plain_line_is_one_stripe() -> None:
    assert list(stripes(100, 2, None)) == [(0, 100)]


def test_a_dashed_line_has_gaps_and_stays_within() -> None:
    dashes = list(stripes(100, 2, (4, 2)))
    assert dashes[0] == (0, 7)
    assert dashes[1][0] == 12
    assert dashes[-1][1] <= 100

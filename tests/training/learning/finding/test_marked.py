from pathlib import Path

import numpy as np
import pytest

from detection.vision.crops import square_round
from detection.vision.spec import CROP_SCALE
from tests.training.learning.finding.drawn import draw
from tests.training.learning.pictures import make_pixels, write_picture
from training.learning.errors import LearningError
from training.learning.finding.marked import CLASSES, IGNORED, Marked, joined, marked_crop, marked_scene
from training.learning.scenes import Scene


def scene(tmp_path: Path, **changes: object) -> Scene:
    path = write_picture(tmp_path / "photo.png", make_pixels("background", 0, 80, 120))
    values = {"path": path, "faces": (((10, 20, 30, 40), "no_mask"), ((60, 5, 20, 20), "mask"))}
    return Scene(**{**values, **changes})  # type: ignore[arg-type]


def test_a_photos_boxes_become_corners_and_its_labels_places(tmp_path: Path) -> None:
    marked = marked_scene(scene(tmp_path))

    assert marked.pixels.shape == (80, 120, 3)
    assert marked.boxes.tolist() == [[10, 20, 40, 60], [60, 5, 80, 25]]
    assert [CLASSES[label] for label in marked.labels] == ["no_mask", "mask"]
    assert marked.exact.all()
    assert (marked.boxes.dtype, marked.labels.dtype, marked.exact.dtype) == (np.float32, np.int64, bool)


def test_faces_that_nobody_labelled_are_ignored(tmp_path: Path) -> None:
    marked = marked_scene(scene(tmp_path, unlabelled=((90, 50, 10, 20),)))

    assert marked.labels.tolist() == [CLASSES.index("no_mask"), CLASSES.index("mask"), IGNORED]
    assert marked.boxes[2].tolist() == [90, 50, 100, 70]


def test_a_photo_may_show_nobody(tmp_path: Path) -> None:
    marked = marked_scene(scene(tmp_path, faces=()))

    assert marked.boxes.shape == (0, 4)
    assert marked.sides.shape == (0,)
    assert marked.of_label(0).tolist() == []


def test_a_box_without_any_area_is_no_face(tmp_path: Path) -> None:
    marked = marked_scene(scene(tmp_path, faces=(((10, 20, 0, 40), "mask"), ((60, 5, 20, 20), "mask"))))

    assert marked.boxes.tolist() == [[60, 5, 80, 25]]


def test_a_damaged_photo_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff")

    with pytest.raises(LearningError, match=r"bad\.jpg is damaged"):
        marked_scene(scene(tmp_path, path=tmp_path / "bad.jpg"))


@pytest.mark.parametrize(("height", "width"), [(130, 130), (100, 60), (60, 100)])
def test_the_face_of_a_crop_lies_where_serving_would_have_cut_it_from(height: int, width: int) -> None:
    marked = marked_crop(make_pixels("mask", 0, height, width), "mask")

    ((left, top, right, bottom),) = marked.boxes.tolist()
    assert not marked.exact.any()
    assert marked.labels.tolist() == [CLASSES.index("mask")]
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert (left + right, top + bottom) == pytest.approx((width, height))
    assert square_round((left, top, right - left, bottom - top))[2] <= max(height, width)
    assert bottom - top == pytest.approx(min(max(height, width) / CROP_SCALE, height))


def test_the_longer_side_is_a_faces_size() -> None:
    assert draw(100, 100, (0, 0, 20, 30, 0), (50, 50, 90, 60, 1)).sides.tolist() == [30, 40]


def test_faces_of_one_label_are_found_by_their_place() -> None:
    marked = draw(100, 100, (0, 0, 20, 30, 0), (50, 50, 90, 60, 1), (30, 0, 40, 10, 0), (0, 50, 9, 59, IGNORED))

    assert [marked.of_label(label).tolist() for label in (0, 1, 2)] == [[0, 2], [1], []]


def test_pictures_put_together_have_the_faces_of_all() -> None:
    one, nobody = draw(50, 50, (1, 2, 11, 12, 0)), draw(50, 50)
    guessed = Marked.of(one.pixels, [(20, 20, 30, 30)], [2], exact=False)

    both = joined(one.pixels, [one, nobody, guessed])

    assert both.boxes.tolist() == [[1, 2, 11, 12], [20, 20, 30, 30]]
    assert both.labels.tolist() == [0, 2]
    assert both.exact.tolist() == [True, False]

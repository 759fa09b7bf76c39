import json
from collections import Counter
from pathlib import Path

import pytest

from tests.requirements import DATA, needs
from tests.training.learning.pictures import make_scenes
from training.learning.errors import LearningError
from training.learning.scenes import Scene, iou, label_of_box, read_scenes, samples_of_scene, touch

FACE, OTHER, BARE = (20, 20, 50, 60), (20, 130, 40, 40), (120, 30, 40, 40)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return read_scenes(make_scenes(tmp_path, photos=1))[0]


def test_a_scene_has_its_labelled_faces_and_those_nobody_labelled(scene: Scene) -> None:
    assert scene.faces == ((FACE, "mask"), (BARE, "no_mask"))
    assert scene.unlabelled == (OTHER,)
    assert scene.path.is_file()


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match=r"annotations\.json cannot be read"):
        read_scenes(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", json.dumps({"images": [{}], "annotations": [], "categories": []})])
def test_a_table_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "annotations.json").write_text(text)

    with pytest.raises(LearningError, match="no COCO detection file"):
        read_scenes(tmp_path)


def test_overlap_is_measured_over_the_union_and_over_the_smaller_box() -> None:
    big, small = (0, 0, 100, 100), (50, 50, 100, 50)

    assert iou(big, small) == pytest.approx(2500 / 12500)
    assert touch(big, small) == pytest.approx(0.5)
    assert iou(big, (200, 0, 10, 10)) == touch(big, (200, 0, 10, 10)) == 0


@pytest.mark.parametrize(
    ("box", "label"),
    [
        ((25, 22, 50, 50), "mask"),
        ((118, 28, 45, 45), "no_mask"),
        ((130, 140, 40, 40), "background"),
        ((22, 132, 40, 40), None),
        ((30, 40, 14, 14), None),
        ((50, 50, 60, 60), None),
    ],
)
def test_a_found_box_is_the_face_it_fits_or_background_or_nothing_sure(
    scene: Scene, box: tuple[int, int, int, int], label: str | None
) -> None:
    assert label_of_box(box, scene) == label


def test_samples_are_cut_round_labels_and_round_found_boxes(scene: Scene) -> None:
    found = [(25, 22, 50, 50), (130, 140, 40, 40), (22, 132, 40, 40)]

    samples = list(samples_of_scene(scene, found))

    assert Counter((s.label, s.source) for s in samples) == {
        ("mask", "scene"): 1,
        ("no_mask", "scene"): 1,
        ("mask", "found"): 1,
        ("background", "background"): 1,
    }
    assert {s.group for s in samples} == {"photo-0.jpg"}


def test_faces_of_a_few_pixels_are_left_out(scene: Scene) -> None:
    tiny = Scene(scene.path, (((20, 20, 12, 50), "mask"),))

    assert list(samples_of_scene(tiny, [(120, 120, 10, 10)])) == []


@needs("data")
def test_the_photos_for_training_can_be_read_and_none_is_also_a_test_scene() -> None:
    training, test = (read_scenes(DATA / name) for name in ("scenes_train", "scenes"))

    assert len(training) == 968
    assert sum(len(scene.faces) for scene in test) == 530
    assert sum(len(scene.unlabelled) for scene in training) == 357

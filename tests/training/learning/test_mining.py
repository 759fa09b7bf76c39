from pathlib import Path

import numpy as np

from detection.vision.finder_spec import STARTER_FINDER
from tests.requirements import DATA, needs
from tests.training.learning.pictures import make_scenes
from training.learning.mining import read_found, search, shipped, write_found
from training.learning.samples import read_picture
from training.learning.scenes import iou, read_scenes

BOXES = [(1, 2, 30, 40), (5, 6, 70, 80)]


def test_found_boxes_are_kept_in_a_file(tmp_path: Path) -> None:
    write_found({"a.jpg": BOXES, "b.jpg": []}, tmp_path / "run" / "boxes.json")

    assert read_found(tmp_path / "run" / "boxes.json") == {"a.jpg": BOXES, "b.jpg": []}


def test_a_missing_or_broken_file_means_nothing_was_found_yet(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"a.jpg": [[1, 2')
    (tmp_path / "odd.json").write_text("[1]")

    assert [read_found(tmp_path / f"{name}.json") for name in ("none", "broken", "odd")] == [{}, {}, {}]


def test_a_scene_is_searched_once_and_remembered(tmp_path: Path) -> None:
    scenes, searched, steps = read_scenes(make_scenes(tmp_path, photos=3)), [], []

    def find(pixels: np.ndarray) -> list[tuple[int, int, int, int]]:
        searched.append(pixels.shape)
        return BOXES

    first = search(scenes[:2], tmp_path / "boxes.json", find, lambda: steps.append(1))
    second = search(scenes, tmp_path / "boxes.json", find)

    assert first == {"photo-0.jpg": BOXES, "photo-1.jpg": BOXES}
    assert second.keys() == {"photo-0.jpg", "photo-1.jpg", "photo-2.jpg"}
    assert (len(searched), len(steps)) == (3, 2)


@needs("data")
def test_the_finders_of_serving_find_a_labelled_face_on_real_photos() -> None:
    find = shipped(STARTER_FINDER)
    scenes = read_scenes(DATA / "scenes_train")[:4]

    best = max((iou(box, face) for s in scenes for box in find(read_picture(s.path)) for face, _ in s.faces), default=0)

    assert best > 0.35

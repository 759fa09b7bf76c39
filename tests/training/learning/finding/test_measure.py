from pathlib import Path

import numpy as np
import pytest

from detection.vision.boxes import Box, FoundBox
from detection.vision.labels import Label
from detection.vision.scan import Scanner
from tests.detection.vision.test_scan import CardboardFinder, CardboardJudge, judged
from tests.training.learning.pictures import make_pixels, write_picture
from training.learning.errors import LearningError
from training.learning.finding.measure import Seen, faces_of, report_on_faces, scan_scenes, share
from training.learning.scenes import Scene

Frame = tuple[float, float, float, float]
BIG, SMALL, TINY = (10.0, 10.0, 50.0, 60.0), (100.0, 10.0, 30.0, 40.0), (200.0, 10.0, 12.0, 15.0)


def seen(
    faces: list[tuple[Frame, str]], told: list[tuple[Frame, str]], unlabelled: tuple[Frame, ...] = (), name: str = "a"
) -> Seen:
    boxes = np.array([box for box, _ in told], np.float64).reshape(-1, 4)
    scene = Scene(Path(f"{name}.jpg"), tuple(faces), unlabelled)
    return Seen(scene, boxes, np.linspace(0.9, 0.5, len(told)), [label for _, label in told])


PHOTOS = [
    seen(
        [(BIG, "mask"), (SMALL, "no_mask"), (TINY, "no_mask")],
        [(BIG, "no_mask"), (SMALL, "no_mask"), ((300, 300, 40, 40), "mask")],
    ),
    seen([(BIG, "no_mask"), ((200, 100, 60, 60), "incorrect")], [(BIG, "unsure")], name="b"),
    seen([], [], name="nobody"),
]


def test_every_labelled_face_is_found_or_not_and_told_or_not() -> None:
    faces = faces_of(PHOTOS)

    assert faces.labels.tolist() == ["mask", "no_mask", "no_mask", "no_mask", "incorrect"]
    assert faces.sides.tolist() == [50, 30, 12, 50, 60]
    assert faces.found.tolist() == [True, True, False, True, False]
    assert faces.told.tolist() == ["no_mask", "no_mask", "", "unsure", ""]
    assert faces.wrong == 1


def test_the_report_counts_them_by_label_and_size() -> None:
    report = report_on_faces(faces_of(PHOTOS))

    assert (report["faces"], report["found"], report["wrong_boxes"]) == (5, 3, 1)
    assert report["precision"]["share"] == 3 / 4
    assert {label: (value["part"], value["of"]) for label, value in report["recall"].items()} == {
        "mask": (1, 1),
        "no_mask": (2, 3),
        "incorrect": (0, 1),
    }
    assert {label: value["of"] for label, value in report["recall_large"].items()} == {
        "mask": 1,
        "no_mask": 1,
        "incorrect": 1,
    }
    assert {size: (value["part"], value["of"]) for size, value in report["recall_by_size"].items()} == {
        "under 20 px": (0, 1),
        "20 to 39 px": (1, 1),
        "40 to 79 px": (2, 3),
        "80 px and more": (0, 0),
    }


def test_the_report_says_what_the_labels_are_worth() -> None:
    report = report_on_faces(faces_of(PHOTOS))

    right = {label: (value["part"], value["of"]) for label, value in report["right_label"].items()}
    assert right == {"mask": (0, 1), "no_mask": (1, 2), "incorrect": (0, 0)}
    assert report["labels"]["no_mask"] == {"mask": 0, "no_mask": 1, "incorrect": 0, "unsure": 1, "not found": 1}
    assert report["labels"]["mask"]["no_mask"] == 1


def test_flagged_are_people_without_a_mask_and_masked_ones_by_mistake() -> None:
    photos = [
        seen([(BIG, "no_mask"), ((200, 100, 60, 60), "no_mask")], [(BIG, "incorrect"), ((200, 100, 60, 60), "mask")]),
        seen([(BIG, "mask"), (SMALL, "mask")], [(BIG, "incorrect"), (SMALL, "unsure")]),
    ]

    report = report_on_faces(faces_of(photos))

    assert (report["violations_flagged"]["part"], report["violations_flagged"]["of"]) == (1, 2)
    assert (report["masked_flagged"]["part"], report["masked_flagged"]["of"]) == (1, 2)


def test_small_faces_without_a_mask_are_no_violation_that_must_be_seen() -> None:
    report = report_on_faces(faces_of([seen([(SMALL, "no_mask")], [])]))

    assert report["violations_flagged"]["of"] == 0
    assert report["violations_flagged"]["share"] is None


def test_boxes_on_faces_nobody_labelled_are_neither_right_nor_wrong() -> None:
    photo = seen([(BIG, "mask")], [(SMALL, "mask"), (TINY, "mask")], unlabelled=(SMALL,), name="c")

    assert faces_of([photo]).wrong == 1
    assert faces_of([photo], unlabelled={"c.jpg": [TINY]}).wrong == 0
    assert faces_of([photo], unlabelled={"other.jpg": [TINY]}).wrong == 1


def test_a_second_box_on_a_face_is_a_wrong_one() -> None:
    photo = seen([(BIG, "mask")], [(BIG, "mask"), ((12.0, 12.0, 50.0, 60.0), "no_mask")])

    faces = faces_of([photo])

    assert (faces.told.tolist(), faces.wrong) == (["mask"], 1)


def test_a_stricter_overlap_finds_fewer() -> None:
    photo = seen([(BIG, "mask")], [((20.0, 10.0, 50.0, 60.0), "mask")])

    assert faces_of([photo], 0.4).found.tolist() == [True]
    assert faces_of([photo], 0.9).found.tolist() == [False]


def test_nobody_on_any_photo_is_a_report_too() -> None:
    report = report_on_faces(faces_of([PHOTOS[2]]))

    assert report["precision"] == {"part": 0, "of": 0, "share": None, "interval": None}
    assert report["recall"]["mask"]["share"] is None


def test_a_share_comes_with_its_interval() -> None:
    told = share(8, 10)

    assert told["share"] == 0.8
    assert told["interval"] == pytest.approx([0.490, 0.943], abs=0.001)


class TestScanning:
    def scene(self, tmp_path: Path, name: str = "photo.png") -> Scene:
        path = write_picture(tmp_path / name, make_pixels("background", 0, 120, 160))
        return Scene(path, (((10, 20, 30, 40), "mask"),))

    def test_photos_go_the_way_of_serving(self, tmp_path: Path) -> None:
        finder = CardboardFinder((10, 20, 30, 40), FoundBox(Box(90, 60, 30, 30), 2.0, "cardboard"))
        scanner = Scanner(finder, CardboardJudge(judged(Label.NO_MASK), judged(Label.UNSURE)))
        ticks: list[int] = []

        (told,) = scan_scenes([self.scene(tmp_path)], scanner, lambda: ticks.append(1))

        assert told.boxes.tolist() == [[10, 20, 30, 40], [90, 60, 30, 30]]
        assert told.scores.tolist() == [5.0, 2.0]
        assert told.labels == ["no_mask", "unsure"]
        assert len(ticks) == 1

    def test_a_photo_without_faces_is_seen_too(self, tmp_path: Path) -> None:
        (told,) = scan_scenes([self.scene(tmp_path)], Scanner(CardboardFinder(), CardboardJudge()))

        assert told.boxes.shape == (0, 4)
        assert told.labels == []

    def test_a_photo_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        scene = self.scene(tmp_path, "bad.png")
        scene.path.write_bytes(b"no picture")

        with pytest.raises(LearningError, match=r"bad\.png: "):
            scan_scenes([scene], Scanner(CardboardFinder(), CardboardJudge()))

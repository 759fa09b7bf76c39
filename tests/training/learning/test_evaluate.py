from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from detection.vision.classifier import Classifier
from detection.vision.spec import ModelSpec
from tests.detection.vision.models import ALL_CLASSES, make_model, make_spec
from tests.training.learning.pictures import make_data, make_folder, make_scenes, write_picture
from training.learning.errors import LearningError
from training.learning.evaluate import (
    Judged,
    as_mask_or_not,
    chosen_labels,
    evaluate_folder,
    evaluate_scenes,
    judge_all,
    over,
    report_on,
)


class Scripted(Classifier):
    """Judges by the colour of the middle: blue is a mask, red a bare face, green a mask worn wrongly."""

    def __init__(self, classes: tuple[str, ...] = ALL_CLASSES, **changes: object) -> None:
        self.spec: ModelSpec = make_spec(classes=classes, **changes)

    def probabilities(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([self._row(crop) for crop in crops])

    def _row(self, crop: np.ndarray) -> np.ndarray:
        red, green, blue = crop[crop.shape[0] // 3 : -crop.shape[0] // 3].reshape(-1, 3).mean(axis=0)
        best = "mask" if blue == max(red, green, blue) else "incorrect" if green > red else "no_mask"
        best = best if best in self.spec.classes else "no_mask"
        return np.array([0.7 if name == best else 0.3 / (len(self.spec.classes) - 1) for name in self.spec.classes])


def test_every_picture_of_the_test_folder_is_counted(tmp_path: Path) -> None:
    report = evaluate_folder(make_data(tmp_path, test=5), Scripted())

    assert (report["count"], report["accuracy"], report["mistakes"]) == (10, 1.0, [])
    assert report["confusion"] == {"mask": {"mask": 5, "no_mask": 0}, "no_mask": {"mask": 0, "no_mask": 5}}
    assert {"interval", "loss", "per_class", "calibration_error", "mask_vs_not", "per_source"} <= report.keys()
    assert "most likely class" in report["method"]


def test_a_folder_of_class_folders_is_taken_directly(tmp_path: Path) -> None:
    assert evaluate_folder(make_folder(tmp_path, {"WithMask": 2, "WithoutMask": 3}), Scripted())["count"] == 5


def test_unsure_and_likely_background_pictures_count_like_all_others(tmp_path: Path) -> None:
    strict = Scripted(unsure_below=1.0, background_above=0.0)

    report = evaluate_folder(make_data(tmp_path), strict)

    assert (report["count"], report["accuracy"]) == (8, 1.0)


def test_mistakes_are_listed_with_what_they_were_taken_for(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 2, "no_mask": 2})
    wrong = write_picture(tmp_path / "mask" / "red-1.jpg", np.full((40, 40, 3), (220, 20, 20), np.uint8))

    report = evaluate_folder(tmp_path, Scripted())

    assert report["mistakes"] == [{"file": str(wrong), "label": "mask", "judged": "no_mask"}]
    assert report["accuracy"] == pytest.approx(4 / 5)
    assert report["per_source"]["red"]["accuracy"] == 0.0
    assert report["per_source"]["site"]["accuracy"] == 1.0


def test_a_mask_worn_wrongly_counts_as_no_mask_where_the_folder_knows_only_two(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 1, "no_mask": 1})
    write_picture(tmp_path / "no_mask" / "green.png", np.full((40, 40, 3), (20, 220, 20), np.uint8))

    report = evaluate_folder(tmp_path, Scripted())

    assert report["confusion"]["no_mask"] == {"mask": 0, "no_mask": 2}


def test_a_folder_of_three_classes_is_scored_on_three_and_as_mask_against_not(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 2, "no_mask": 2, "mask_weared_incorrect": 2})
    write_picture(tmp_path / "no_mask" / "green.png", np.full((40, 40, 3), (20, 220, 20), np.uint8))

    report = evaluate_folder(tmp_path, Scripted())

    assert report["accuracy"] == pytest.approx(6 / 7)
    assert report["mask_vs_not"]["accuracy"] == 1.0
    assert list(report["confusion"]) == ["mask", "no_mask", "incorrect"]


def test_a_model_of_two_classes_can_be_measured_on_three(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 2, "no_mask": 2, "incorrect": 3})

    report = evaluate_folder(tmp_path, Scripted(("mask", "no_mask")))

    assert report["count"] == 7
    assert report["confusion"]["no_mask"] == {"mask": 0, "no_mask": 5}


def test_classes_the_model_cannot_know_are_named(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 1, "no_mask": 1, "background": 1})

    with pytest.raises(LearningError, match="also has background"):
        evaluate_folder(tmp_path, Scripted(("mask", "no_mask")))


def test_a_damaged_picture_is_named_and_not_skipped(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 1, "no_mask": 1})
    (tmp_path / "mask" / "broken.jpg").write_bytes(b"\xff\xd8 cut short")

    with pytest.raises(LearningError, match=r"broken\.jpg is damaged"):
        evaluate_folder(tmp_path, Scripted())


def test_scenes_are_measured_on_their_labelled_boxes_and_by_size(tmp_path: Path) -> None:
    report = evaluate_scenes(make_scenes(tmp_path, photos=2), Scripted())

    assert (report["count"], report["accuracy"]) == (4, 1.0)
    assert {name: part["count"] for name, part in report["per_size"].items()} == {"40 to 79 px": 4}
    assert "per_source" not in report


def test_pictures_are_judged_in_chunks_and_counted_as_they_go() -> None:
    crops, steps = [np.zeros((32, 32, 3), np.uint8)] * 150, []

    assert judge_all(iter(crops), Scripted(), steps.append).shape == (150, 4)
    assert steps == [64, 64, 22]
    assert judge_all([], Scripted(), steps.append).shape == (0, 4)


ROWS = np.array([[0.5, 0.1, 0.2, 0.2], [0.3, 0.2, 0.2, 0.3], [0.1, 0.1, 0.1, 0.7]])


def test_background_is_set_aside_and_the_rest_sums_to_one() -> None:
    judged = Judged(ROWS, ["mask", "no_mask", "mask"], ["a"] * 3)

    probabilities, targets = over(judged, ALL_CLASSES, ("mask", "no_mask"))

    assert probabilities.sum(axis=1) == pytest.approx([1, 1, 1])
    assert probabilities[:, 0] == pytest.approx([0.5 / 0.8, 0.3 / 0.7, 0.1 / 0.3])
    assert targets.tolist() == [0, 1, 0]


def test_mask_against_not_puts_bare_and_wrongly_masked_faces_together() -> None:
    judged = Judged(ROWS, ["mask", "incorrect", "background"], ["a"] * 3)

    probabilities, targets = as_mask_or_not(judged, ALL_CLASSES)

    assert probabilities.tolist() == [pytest.approx([0.625, 0.375]), pytest.approx([3 / 7, 4 / 7])]
    assert targets.tolist() == [0, 1]


def test_backgrounds_are_scored_where_the_folder_has_them() -> None:
    report = report_on(Judged(ROWS, ["mask", "no_mask", "background"], ["a", "b", "b"]), ALL_CLASSES)

    assert list(report["confusion"]) == ["mask", "no_mask", "background"]
    assert report["confusion"]["background"]["background"] == 1
    assert report["per_source"]["a"]["count"] == 1


def test_the_judged_labels_are_those_that_are_counted() -> None:
    judged = Judged(ROWS, ["mask", "no_mask", "mask"], ["a"] * 3)

    assert chosen_labels(judged, ALL_CLASSES) == ["mask", "no_mask", "no_mask"]


def test_a_real_network_is_measured_the_same_way(tmp_path: Path) -> None:
    report = evaluate_folder(make_data(tmp_path), Classifier(make_model(), make_spec(), "cpu"))

    assert report["count"] == 8
    assert 0 <= report["calibration_error"] <= 1
    assert sum(sum(row.values()) for row in report["confusion"].values()) == 8

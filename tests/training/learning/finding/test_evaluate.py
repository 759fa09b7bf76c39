import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detection.vision.spec import file_sha256
from tests.detection.vision.models import save_finder
from tests.training.learning.finding.test_measure import PHOTOS
from training.learning.errors import LearningError
from training.learning.finding.evaluate import in_words, keep_finder, lines_of, read_unlabelled
from training.learning.finding.measure import faces_of, report_on_faces, share


@pytest.fixture
def report() -> dict[str, Any]:
    about = {"finder": "ssd", "scenes": "/somewhere/scenes", "photos": 3, "iou": 0.4}
    return {**about, **report_on_faces(faces_of(PHOTOS))}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_finder(tmp_path / "mine.safetensors")
    return tmp_path / "mine.safetensors"


def finished_run(folder: Path, sha256: str) -> Path:
    folder.mkdir()
    told = {"sha256": sha256, "minutes": 1.5, "epochs": 3, "history": [1, 2, 3], "validation": {"share": 1 / 3}}
    (folder / "metrics.json").write_text(json.dumps(told))
    return folder


def test_people_read_what_was_found_and_what_the_labels_are_worth(report: dict[str, Any]) -> None:
    first, *others = lines_of(report)

    assert "ssd on 3 photos of /somewhere/scenes: 3 of 5 faces found (IoU >= 0.4), 1 boxes without a face" in first
    assert "precision 75.0% (3 of 4; " in first
    titles = ("all sizes", "40 px and more", "by size", "right label", "flagged", "flagged wrongly")
    assert all(title in line for title, line in zip(titles, others, strict=True))
    assert "incorrect 0.0% (0 of 1; " in others[0]
    assert "incorrect none there" in others[3]


def test_a_share_of_nothing_is_said_in_words() -> None:
    assert in_words(share(0, 0)) == "none there"
    assert in_words(share(1, 2)) == "50.0% (1 of 2; 9.5% to 90.5%)"


def test_faces_nobody_labelled_are_read_by_file_and_remarks_are_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "unlabelled.json"
    path.write_text(json.dumps({"_about": "drawn by hand", "a.jpg": [[1, 2, 3, 4], [5, 6, 7.5, 8]], "b.jpg": []}))

    assert read_unlabelled(path) == {"a.jpg": [(1, 2, 3, 4), (5, 6, 7.5, 8)], "b.jpg": []}


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"a.jpg": 3}', '{"a.jpg": [[1, 2]]}', '{"a.jpg": [["x", 1, 2, 3]]}'])
def test_a_file_of_another_kind_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)

    with pytest.raises(LearningError, match=r"odd\.json is no list of boxes by file name"):
        read_unlabelled(tmp_path / "odd.json")


def test_a_list_that_is_not_there_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="check --unlabelled"):
        read_unlabelled(tmp_path / "none.json")


def test_what_was_measured_stays_with_the_weights_it_was_measured_on(
    tmp_path: Path, report: dict[str, Any], weights: Path
) -> None:
    keep_finder(report, weights, None, tmp_path / "kept.json")

    kept = json.loads((tmp_path / "kept.json").read_text())
    assert (kept["model"], kept["sha256"]) == ("mine", file_sha256(weights))
    assert kept["test"]["found"] == 3
    assert "scenes" not in kept["test"]


def test_the_training_run_is_told_with_it_in_short(tmp_path: Path, report: dict[str, Any], weights: Path) -> None:
    run = finished_run(tmp_path / "run", file_sha256(weights))

    keep_finder(report, weights, run, tmp_path / "kept.json")

    kept = json.loads((tmp_path / "kept.json").read_text())
    assert (kept["minutes"], kept["epochs"]) == (1.5, 3)
    assert kept["validation"] == {"share": 0.333333}
    assert "history" not in kept


def test_the_run_of_other_weights_is_refused(tmp_path: Path, report: dict[str, Any], weights: Path) -> None:
    run = finished_run(tmp_path / "run", "0" * 64)

    with pytest.raises(LearningError, match="is the run of other weights"):
        keep_finder(report, weights, run, tmp_path / "kept.json")
    assert not (tmp_path / "kept.json").exists()


def test_every_number_can_be_written_as_json(report: dict[str, Any]) -> None:
    assert np.isfinite(json.loads(json.dumps(report, allow_nan=False))["precision"]["share"])

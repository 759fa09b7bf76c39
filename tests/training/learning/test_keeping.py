import json
from pathlib import Path

import pytest

from detection.vision.spec import file_sha256
from tests.detection.vision.models import save_model
from tests.training.learning.pictures import make_data, make_scenes
from training.learning.__main__ import main
from training.learning.errors import LearningError
from training.learning.keeping import keep, read_training, rounded


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_model(tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


def write_run(folder: Path, **values: object) -> Path:
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(values))
    return folder


def test_evaluate_keeps_the_numbers_beside_the_weights(tmp_path: Path, weights: Path) -> None:
    make_data(tmp_path / "data")
    make_scenes(tmp_path / "scenes")
    run = write_run(tmp_path / "run", sha256=file_sha256(weights), validation={"accuracy": 1 / 3}, history=[1])
    kept = tmp_path / "tiny.metrics.json"

    asked = ["--data", str(tmp_path / "data"), "--scenes", str(tmp_path / "scenes"), "--weights", str(weights)]
    assert main(["evaluate", *asked, "--keep", str(kept), "--run", str(run)]) == 0

    metrics = json.loads(kept.read_text())
    assert (metrics["model"], metrics["sha256"]) == ("tiny", file_sha256(weights))
    assert metrics["accuracy"] == metrics["test"]["accuracy"]
    assert metrics["scenes"]["count"] == 6
    assert metrics["validation"] == {"accuracy": 0.333333}
    assert not {"history", "mistakes"} & (metrics.keys() | metrics["test"].keys())


def test_without_scenes_and_run_only_the_test_is_kept(tmp_path: Path, weights: Path) -> None:
    report = {"model": "tiny", "accuracy": 1.0, "interval": [0.5, 1], "loss": 0.1, "calibration_error": 0.2}

    keep({**report, "mistakes": []}, weights, None, tmp_path / "kept.json")

    assert json.loads((tmp_path / "kept.json").read_text()).keys() == report.keys() | {"sha256", "test"}


def test_a_run_of_other_weights_is_refused(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(LearningError, match="other weights"):
        read_training(write_run(tmp_path / "run", sha256="0" * 64), weights)


def test_a_folder_without_metrics_is_refused(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(LearningError, match=r"no metrics\.json"):
        read_training(tmp_path, weights)


def test_numbers_are_rounded_wherever_they_are() -> None:
    value = {"a": [1 / 3, {"b": (2 / 3,)}], "n": 5, "none": None, "yes": True}

    assert rounded(value) == {"a": [0.333333, {"b": [0.666667]}], "n": 5, "none": None, "yes": True}

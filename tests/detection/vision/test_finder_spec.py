import json
import subprocess
import sys
from pathlib import Path

import pytest

from detection.vision.errors import WeightsError
from detection.vision.finder_spec import JUDGES, FinderSpec, read_finder_spec
from detection.vision.spec import read_spec
from detection.vision.weights import load
from tests.detection.vision.models import save_finder, save_model


def test_a_spec_survives_json() -> None:
    spec = FinderSpec(working_side=512, found_above=0.3, trust=5.0, judged_by="finder", name="mine")

    assert FinderSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_what_a_later_version_adds_to_a_spec_is_left_aside() -> None:
    assert FinderSpec.from_json({**FinderSpec().to_json(), "colour": "blue"}) == FinderSpec()


def test_what_a_file_leaves_out_has_its_usual_value() -> None:
    assert FinderSpec.from_json({"architecture": "slim_vgg16_ssd"}) == FinderSpec()


@pytest.mark.parametrize("judge", JUDGES)
def test_the_label_may_be_left_to_classifier_finder_or_both(judge: str) -> None:
    assert FinderSpec(judged_by=judge).judged_by == judge


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"classes": ["no_mask", "mask", "incorrect"]}, "classes must be mask, no_mask, incorrect"),
        ({"classes": ["mask"]}, "classes"),
        ({"working_side": 64}, "working side"),
        ({"working_side": 640.5}, "working side"),
        ({"working_side": 5000}, "working side"),
        ({"found_above": 1.2, "faint_above": 0.1}, "found_above"),
        ({"found_above": "often"}, "found_above must"),
        ({"found_above": float("nan")}, "found_above must"),
        ({"faint_above": 0.9}, "faint_above must be 0 to found_above"),
        ({"faint_above": -0.1}, "faint_above"),
        ({"overlap": 2}, "overlap"),
        ({"judged_by": "nobody"}, "judged_by must be one of classifier, finder, both"),
        ({"temperature": 0}, "temperature"),
        ({"trust": -1}, "trust"),
        ({"trust": True}, "trust"),
        ({"mean": [0.5, 0.5]}, "mean"),
        ({"std": [0.0, 0.2, 0.2]}, "standard deviation"),
    ],
)
def test_a_value_out_of_range_is_refused_and_said(changes: dict[str, object], said: str) -> None:
    with pytest.raises(WeightsError, match=said) as caught:
        FinderSpec.from_json({**FinderSpec().to_json(), **changes})
    assert caught.value.code == "wrong_format"


def test_the_spec_is_read_from_a_weights_file(tmp_path: Path) -> None:
    save_finder(tmp_path / "finder.safetensors", working_side=320)

    assert read_finder_spec(tmp_path / "finder.safetensors") == FinderSpec(working_side=320, name="tiny")


def test_reading_a_spec_loads_no_torch(tmp_path: Path) -> None:
    save_finder(tmp_path / "finder.safetensors")
    code = (
        "import sys; from pathlib import Path; from detection.vision.finder_spec import read_finder_spec\n"
        f"read_finder_spec(Path({str(tmp_path / 'finder.safetensors')!r}))\n"
        "print(sorted({'torch', 'cv2', 'numpy'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


def test_a_model_that_judges_finds_no_faces(tmp_path: Path) -> None:
    save_model(tmp_path / "judge.safetensors")

    with pytest.raises(WeightsError, match="'slim_vgg16' finds no faces") as caught:
        read_finder_spec(tmp_path / "judge.safetensors")
    assert caught.value.code == "wrong_format"


@pytest.mark.parametrize("read", [read_spec, load])
def test_a_model_that_finds_judges_no_faces(tmp_path: Path, read: object) -> None:
    save_finder(tmp_path / "finder.safetensors")

    with pytest.raises(WeightsError, match="finds faces; the model that judges them must be another") as caught:
        read(tmp_path / "finder.safetensors")  # type: ignore[operator]
    assert caught.value.code == "wrong_format"


def test_a_finder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="check the path") as caught:
        read_finder_spec(tmp_path / "none.safetensors")
    assert caught.value.code == "missing"

import json
import subprocess
import sys
from pathlib import Path

import pytest

from detection.vision.errors import WeightsError
from detection.vision.spec import ModelSpec, file_sha256, read_spec
from tests.detection.vision.models import make_spec, save_model


def safetensors_file(path: Path, header: object) -> Path:
    data = json.dumps(header).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data)
    return path


def test_a_spec_survives_json() -> None:
    spec = make_spec(temperature=1.3, background_above=0.7)

    assert ModelSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_what_a_later_version_adds_to_a_spec_is_left_aside() -> None:
    assert ModelSpec.from_json({**make_spec().to_json(), "colour": "blue"}) == make_spec()


def test_a_spec_without_architecture_is_refused() -> None:
    values = make_spec().to_json()
    del values["architecture"]

    with pytest.raises(WeightsError, match="incomplete") as caught:
        ModelSpec.from_json(values)
    assert caught.value.code == "wrong_format"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architecture": ""}, "architecture"),
        ({"classes": ["mask"]}, "classes"),
        ({"classes": ["mask", "mask"]}, "classes"),
        ({"classes": ["mask", "cat"]}, "classes"),
        ({"classes": "mask"}, "classes"),
        ({"input_size": 8}, "input size"),
        ({"input_size": 96.5}, "input size"),
        ({"mean": [0.5, 0.5]}, "mean"),
        ({"std": [0.0, 0.2, 0.2]}, "standard deviation"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"unsure_below": 1.5}, "unsure_below"),
        ({"background_above": -1}, "background_above"),
        ({"crop_scale": 40}, "crop scale"),
    ],
)
def test_a_spec_with_a_value_out_of_range_is_refused_and_says_which(changes: dict[str, object], said: str) -> None:
    with pytest.raises(WeightsError, match=said) as caught:
        ModelSpec.from_json({**make_spec().to_json(), **changes})
    assert caught.value.code == "wrong_format"


def test_the_face_classes_are_those_that_are_no_background() -> None:
    assert make_spec().face_classes == ("mask", "no_mask", "incorrect")


def test_the_spec_is_read_from_a_weights_file(tmp_path: Path) -> None:
    save_model(tmp_path / "tiny.safetensors", temperature=2.5)

    assert read_spec(tmp_path / "tiny.safetensors") == make_spec(temperature=2.5)


def test_reading_a_spec_loads_no_torch(tmp_path: Path) -> None:
    save_model(tmp_path / "tiny.safetensors")
    code = (
        "import sys; from pathlib import Path; from detection.vision.spec import read_spec\n"
        f"read_spec(Path({str(tmp_path / 'tiny.safetensors')!r}))\n"
        "print(sorted({'torch', 'cv2', 'numpy'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("data", [b"", b"\x80\x04pickle", b"\xff" * 64, b"PK\x03\x04" + bytes(100)])
def test_other_files_are_no_safetensors(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd").write_bytes(data)

    with pytest.raises(WeightsError, match="no safetensors") as caught:
        read_spec(tmp_path / "odd")
    assert caught.value.code == "wrong_format"


@pytest.mark.parametrize(
    "header",
    [{}, {"__metadata__": {}}, {"__metadata__": {"maskweb_spec": "{"}}, {"__metadata__": {"maskweb_spec": "[1]"}}],
)
def test_safetensors_without_our_spec_are_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(WeightsError) as caught:
        read_spec(safetensors_file(tmp_path / "a.safetensors", header))
    assert caught.value.code == "wrong_format"


@pytest.mark.parametrize("header", [[], 3, {"__metadata__": 3}])
def test_a_header_of_another_shape_is_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(WeightsError) as caught:
        read_spec(safetensors_file(tmp_path / "a.safetensors", header))
    assert caught.value.code == "wrong_format"


@pytest.mark.parametrize("function", [read_spec, file_sha256])
def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path, function: object) -> None:
    with pytest.raises(WeightsError, match="check the path") as caught:
        function(tmp_path / "none.safetensors")  # type: ignore[operator]
    assert caught.value.code == "missing"


def test_the_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")

    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from detection.vision.errors import WeightsError
from detection.vision.finder_spec import FinderSpec
from detection.vision.spec import METADATA_KEY, file_sha256
from detection.vision.ssd import load as load_finder
from detection.vision.weights import load, save, write_whole
from tests.detection.vision.models import make_finder_model, make_model, make_spec, save_model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models" / "tiny.safetensors"


def test_a_model_comes_back_as_it_was_saved(path: Path) -> None:
    model, pictures = make_model(), torch.randn(2, 3, 32, 32, generator=torch.manual_seed(1))
    save(model, make_spec(), path, half=False)

    loaded, spec = load(path)

    assert spec == make_spec()
    assert not loaded.training
    torch.testing.assert_close(loaded(pictures), model(pictures))


def test_a_finder_comes_back_as_it_was_saved(path: Path) -> None:
    model, pictures = make_finder_model(), torch.randn(1, 3, 32, 32, generator=torch.manual_seed(1))
    save(model, FinderSpec(name="tiny"), path, half=False)

    loaded, spec = load_finder(path)

    assert spec == FinderSpec(name="tiny")
    assert not loaded.training
    for told, same in zip(loaded(pictures), model(pictures), strict=True):
        torch.testing.assert_close(told, same)


def test_half_precision_keeps_the_vectors_exact_and_halves_the_file(path: Path, tmp_path: Path) -> None:
    model = make_model()
    save(model, make_spec(), path)
    save(model, make_spec(), tmp_path / "full.safetensors", half=False)

    kept = load_file(path)

    assert kept["features.0.weight"].dtype == torch.float16
    assert torch.equal(kept["features.1.running_var"], model.state_dict()["features.1.running_var"])
    assert path.stat().st_size < 0.52 * (tmp_path / "full.safetensors").stat().st_size


def test_the_sha256_lies_beside_the_file_as_sha256sum_writes_it(path: Path) -> None:
    digest = save(make_model(), make_spec(), path)

    assert digest == file_sha256(path)
    assert path.with_name("tiny.safetensors.sha256").read_text() == f"{digest}  tiny.safetensors\n"


def test_saving_the_same_model_twice_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    assert save_model(path) == save_model(tmp_path / "again.safetensors")


def test_a_file_that_is_written_over_is_never_seen_in_part(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    write_whole(path, b"old")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("detection.vision.weights.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")

    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["tiny.safetensors"]


def test_the_right_hash_is_accepted_in_any_case(path: Path) -> None:
    digest = save_model(path)

    assert load(path, digest.upper() + "\n")[1].name == "tiny"


def test_another_hash_is_refused(path: Path) -> None:
    save_model(path)

    with pytest.raises(WeightsError, match="SHA-256") as caught:
        load(path, "0" * 64)
    assert caught.value.code == "wrong_hash"


def test_a_missing_file_is_said_to_be_missing(path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        load(path)
    assert caught.value.code == "missing"


def test_weights_that_do_not_fit_the_architecture_are_refused(path: Path) -> None:
    save(make_model(("mask", "no_mask")), make_spec(), path)

    with pytest.raises(WeightsError, match="do not fit") as caught:
        load(path)
    assert caught.value.code == "wrong_shape"


def test_an_architecture_of_another_version_is_refused_by_name(path: Path) -> None:
    save_model(path)
    spec = make_spec(architecture="transformer")
    save(make_model(), spec, path)

    with pytest.raises(WeightsError, match="transformer") as caught:
        load(path)
    assert caught.value.code == "wrong_format"


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_refused(path: Path, kept: float) -> None:
    save_model(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])

    with pytest.raises(WeightsError) as caught:
        load(path)
    assert caught.value.code == "wrong_format"


def test_a_pickle_is_never_opened(path: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str, ...]]:
            return Path.touch, (tmp_path / "boom",)  # type: ignore[return-value]

    path.parent.mkdir()
    torch.save(Bomb(), path)

    with pytest.raises(WeightsError) as caught:
        load(path)
    assert caught.value.code == "wrong_format"
    assert not (tmp_path / "boom").exists()


def test_safetensors_of_somebody_else_are_refused(path: Path) -> None:
    path.parent.mkdir()
    save_file({"a": torch.zeros(2)}, path, metadata={"format": "pt"})

    with pytest.raises(WeightsError, match="no spec of ours"):
        load(path)
    assert METADATA_KEY == "maskweb_spec"

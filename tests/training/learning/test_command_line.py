"""The commands as people run them, on tiny data."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from detection.vision.classifier import Classifier
from detection.vision.spec import STARTER, file_sha256, read_spec
from tests.detection.vision.models import save_model
from tests.requirements import DATA, needs
from tests.training.learning.pictures import make_data, make_folder, make_pixels, make_scenes
from training.learning import training_run
from training.learning.__main__ import main
from training.learning.command import parser
from training.learning.recipes import NOTEBOOK, OURS
from training.learning.training_run import recipe_of

SMALL = ["--size", "32", "--batch", "8", "--epoch-pictures", "16", "--epochs", "2", "--threads", "1"]


def train(tmp_path: Path, *more: str) -> int:
    data, out = str(tmp_path / "data"), str(tmp_path / "out.safetensors")
    return main(["train", "--data", data, "--out", out, *SMALL, *more])


def test_training_writes_weights_that_can_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_data(tmp_path / "data")

    assert train(tmp_path, "--name", "first") == 0

    judge = Classifier.from_file(tmp_path / "out.safetensors", device="cpu")
    assert (judge.spec.name, judge.spec.classes, judge.spec.input_size) == ("first", ("mask", "no_mask"), 32)
    assert len(judge.judge([make_pixels("mask")])) == 1
    assert (tmp_path / "out.safetensors.sha256").is_file()
    printed = capsys.readouterr()
    assert "on validation" in printed.out
    assert "train" in printed.err


def test_the_metrics_of_a_run_lie_beside_its_checkpoints(tmp_path: Path) -> None:
    make_data(tmp_path / "data")

    train(tmp_path, "--work", str(tmp_path / "work"))

    metrics = json.loads((tmp_path / "work" / "metrics.json").read_text())
    assert metrics["sha256"] == file_sha256(tmp_path / "out.safetensors")
    assert metrics["spec"] == read_spec(tmp_path / "out.safetensors").to_json()
    assert [epoch["number"] for epoch in metrics["history"]] == [0, 1]
    assert metrics["validation"]["count"] == metrics["validation_harder"]["count"] == 8
    assert metrics["samples"]["train"] == {"mask": 8, "no_mask": 8}


def test_progress_as_json_lines_ends_with_what_was_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_data(tmp_path / "data")

    train(tmp_path, "--json")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    epochs = [line for line in lines if line["event"] == "epoch"]
    assert [epoch["progress"] for epoch in epochs] == [0.5, 1.0]
    assert lines[-1]["event"] == "done"
    assert lines[-1]["validation"]["count"] == 8


def test_scenes_and_wrongly_worn_masks_teach_four_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_data(tmp_path / "data")
    make_folder(tmp_path, {"incorrect": 40})
    make_scenes(tmp_path / "scenes", photos=30)
    monkeypatch.setattr(training_run, "shipped", lambda *_: lambda _pixels: [(130, 140, 40, 40)])

    done = train(tmp_path, "--incorrect", str(tmp_path / "incorrect"), "--scenes", str(tmp_path / "scenes"))

    assert done == 0
    classes = read_spec(tmp_path / "out.safetensors").classes
    assert classes == ("mask", "no_mask", "incorrect", "background")
    assert (tmp_path / "out.run" / "boxes.json").is_file()


def test_a_resumed_run_gives_the_same_file_as_one_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_data(tmp_path / "data")
    train(tmp_path)
    whole = file_sha256(tmp_path / "out.safetensors")
    progress = training_run.Progress.epoch

    def pulled_plug(self: object, values: dict[str, object]) -> None:
        progress(self, values)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training_run.Progress, "epoch", pulled_plug)
        assert train(tmp_path, "--work", str(tmp_path / "cut")) == 130

    assert train(tmp_path, "--work", str(tmp_path / "cut"), "--resume") == 0
    assert file_sha256(tmp_path / "out.safetensors") == whole


def test_a_model_can_be_improved_and_ends_halfway_between_old_and_new(tmp_path: Path) -> None:
    make_data(tmp_path / "data")
    save_model(tmp_path / "old.safetensors", seed=5, classes=("mask", "no_mask"))

    assert train(tmp_path, "--improve", str(tmp_path / "old.safetensors")) == 0

    old, mean = (load_file(tmp_path / f"{name}.safetensors") for name in ("old", "out"))
    new = load_file(tmp_path / "out.run" / "best.safetensors")
    name = "features.0.weight"
    assert torch.allclose(mean[name].float(), (old[name].float() + new[name]) / 2, atol=1e-3)
    assert not torch.allclose(new[name], old[name].float(), atol=1e-3)
    assert {e["size"] for e in json.loads((tmp_path / "out.run" / "metrics.json").read_text())["history"]} == {32}


def test_a_model_of_other_classes_cannot_be_improved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_data(tmp_path / "data")
    save_model(tmp_path / "old.safetensors")

    assert train(tmp_path, "--improve", str(tmp_path / "old.safetensors")) == 2
    assert "the data needs slim_vgg16 for mask, no_mask" in capsys.readouterr().err


def test_evaluate_says_in_words_how_good_the_model_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_data(tmp_path / "data")
    save_model(tmp_path / "tiny.safetensors")

    assert main(["evaluate", "--data", str(tmp_path / "data"), "--weights", str(tmp_path / "tiny.safetensors")]) == 0

    printed = capsys.readouterr().out
    for part in ("of 8 pictures", "95 % interval", "loss", "calibration error", "mask:", "no_mask:"):
        assert part in printed


def test_evaluate_gives_json_on_standard_output_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_data(tmp_path / "data")
    make_scenes(tmp_path / "scenes")
    save_model(tmp_path / "tiny.safetensors")
    asked = ["--data", str(tmp_path / "data"), "--weights", str(tmp_path / "tiny.safetensors")]

    assert main(["evaluate", *asked, "--scenes", str(tmp_path / "scenes"), "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    wanted = {"accuracy", "interval", "loss", "per_class", "confusion", "calibration_error"}
    assert wanted <= report.keys()
    assert wanted <= report["scenes"].keys()
    assert set(report["per_class"]["mask"]) == {"precision", "recall", "count"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [("nowhere", "is no folder"), ("cats", "no class we know"), ("empty", "holds no pictures"), ("bad", "is damaged")],
)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_input_that_cannot_be_used_gets_a_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str, said: str, command: str
) -> None:
    data = tmp_path / "data"
    make_data(data)
    part = data / ("train" if command == "train" else "test")
    if broken == "cats":
        make_folder(part, {"cats": 1})
    elif broken == "empty":
        for path in (part / "no_mask").iterdir():
            path.unlink()
    elif broken == "bad":
        (part / "mask" / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    else:
        data = tmp_path / "nowhere"
    save_model(tmp_path / "tiny.safetensors")
    more = ["--out", str(tmp_path / "o.safetensors"), *SMALL] if command == "train" else []
    more = more or ["--weights", str(tmp_path / "tiny.safetensors")]

    assert main([command, "--data", str(data), *more]) == 2

    assert said in capsys.readouterr().err
    assert not (tmp_path / "o.safetensors").exists()


def test_weights_that_are_missing_or_others_get_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_data(tmp_path / "data")
    save_model(tmp_path / "tiny.safetensors")
    data = ["--data", str(tmp_path / "data")]

    assert main(["evaluate", *data, "--weights", str(tmp_path / "none.safetensors")]) == 2
    assert main(["evaluate", *data, "--weights", str(tmp_path / "tiny.safetensors"), "--sha256", "0" * 64]) == 2

    said = capsys.readouterr().err
    assert "cannot be read" in said
    assert "SHA-256" in said


@pytest.mark.parametrize(
    "options", [["--size", "8"], ["--epochs", "0"], ["--minutes", "-1"], ["--recipe", "magic"], ["--batch", "many"]]
)
def test_options_out_of_range_are_refused_before_anything_is_read(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "--data", "d", "--out", "o", *options])

    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_options_change_the_recipe_and_leave_the_rest_alone() -> None:
    options = parser().parse_args(["train", "--data", "d", "--out", "o", "--batch", "7", "--seed", "3"])

    recipe = recipe_of(options)

    assert (recipe.batch, recipe.seed, recipe.size, recipe.name) == (7, 3, OURS.size, "ours")


def test_the_notebooks_recipe_starts_from_imagenet_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = parser().parse_args(["train", "--data", "d", "--out", "o", "--recipe", "notebook"])
    make_data(tmp_path / "data")

    assert recipe_of(options) == NOTEBOOK
    assert train(tmp_path, "--recipe", "notebook", "--base-weights", str(tmp_path / "none.pth")) == 2
    assert "ImageNet weights" in capsys.readouterr().err


@needs("data")
def test_the_starter_model_is_as_good_as_its_card_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", str(DATA / "faces"), "--weights", str(STARTER), "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    kept = json.loads(STARTER.with_name("starter.metrics.json").read_text())
    assert report["count"] == 577
    assert report["accuracy"] == pytest.approx(kept["test"]["accuracy"], abs=0.004)
    assert report["per_class"]["no_mask"]["recall"] > 0.97
    assert report["calibration_error"] < 0.05


def test_the_starter_model_is_small_and_is_the_file_its_hash_names() -> None:
    digest = STARTER.with_name(STARTER.name + ".sha256").read_text().split()[0]

    assert STARTER.stat().st_size <= 4_000_000
    assert file_sha256(STARTER) == digest
    assert read_spec(STARTER).classes == ("mask", "no_mask", "incorrect", "background")

"""train-finder and evaluate-finder as people run them, on tiny data."""

import json
from pathlib import Path
from typing import Any

import pytest

from detection.vision.boxes import Box
from detection.vision.finder_spec import WORKING_SIDE, read_finder_spec
from detection.vision.spec import file_sha256
from detection.vision.ssd import SsdFinder, load
from tests.detection.vision.models import save_finder, save_model
from tests.detection.vision.squares import Square, SquareNetwork, draw
from tests.training.learning.pictures import make_data, make_scenes, write_picture
from training.learning.__main__ import main
from training.learning.command import parser
from training.learning.finding import training_run
from training.learning.finding.recipe import FINDER_RECIPE
from training.learning.finding.training_run import known_finder, recipe_of, starting_finder
from training.learning.progress import Progress

SMALL = ["--size", "64", "--batch", "2", "--epochs", "1", "--epoch-batches", "2", "--threads", "1", "--device", "cpu"]


FACES = (Square(Box(20, 20, 50, 60), 0.9), Square(Box(120, 30, 40, 40), 0.6, "no_mask"))
GHOST, STRANGER = Square(Box(130, 130, 30, 40), 0.3), Square(Box(20, 130, 40, 40), 0.8)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Data, photos of which two are held out, and a classifier that takes nothing for background."""
    make_data(tmp_path / "data", train=4, validation=1, test=1)
    make_square_scenes(tmp_path / "scenes", photos=12)
    save_model(tmp_path / "judge.safetensors", background_above=0.9)
    return tmp_path


def make_square_scenes(root: Path, photos: int) -> Path:
    """Photos with two faces, something that looks like one, and somebody whom nobody labelled."""
    make_scenes(root, photos, side=200)
    for number in range(photos):
        write_picture(root / "images" / f"photo-{number}.jpg", draw(200, 200, *FACES, GHOST, STRANGER))
    return root


@pytest.fixture
def _sees_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps teach nobody to find faces: when thresholds are chosen, a network of cardboard looks at the photos."""

    class SeesSquares(SsdFinder):
        def __init__(self, _model: object, *rest: Any) -> None:
            super().__init__(SquareNetwork(), *rest)

    monkeypatch.setenv("MASKWEB_BF16", "0")
    monkeypatch.setattr(training_run, "SsdFinder", SeesSquares)


def train(home: Path, *more: str, out: str = "out") -> int:
    asked = ["--data", str(home / "data"), "--scenes", str(home / "scenes")]
    made = ["--classifier", str(home / "judge.safetensors"), "--out", str(home / f"{out}.safetensors")]
    return main(["train-finder", *asked, *made, *SMALL, *more])


def evaluate(home: Path, *more: str) -> int:
    asked = ["--scenes", str(home / "scenes"), "--classifier", str(home / "judge.safetensors"), "--device", "cpu"]
    return main(["evaluate-finder", *asked, "--threads", "1", *more])


@pytest.mark.usefixtures("_sees_squares")
def test_training_writes_a_finder_and_its_metrics_which_evaluation_reads(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(home, "--working-side", "224", "--name", "first") == 0

    out, run = home / "out.safetensors", home / "out.run"
    told = capsys.readouterr()
    assert "100.0% of the held-out faces found, 100.0% of the boxes hold one" in told.out
    assert "train" in told.err
    spec = SsdFinder.from_file(out, device="cpu").spec
    assert (spec.name, spec.working_side, spec.judged_by) == ("first", 224, "finder")  # the squares tell labels, too
    assert 0.5 < spec.found_above <= 0.61
    assert out.with_name("out.safetensors.sha256").read_text().split() == [file_sha256(out), "out.safetensors"]
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["sha256"] == file_sha256(out)
    assert metrics["spec"] == read_finder_spec(out).to_json()
    assert metrics["photos"] == {"train": 10, "validation": 2, "faces": 8}
    assert (metrics["epochs"], len(metrics["history"])) == (1, 1)
    assert metrics["history"][0]["validation_recall"] == 1.0

    kept = ["--keep", str(home / "kept.json"), "--run", str(run)]
    assert evaluate(home, "--weights", str(out), "--sha256", metrics["sha256"], *kept) == 0
    assert json.loads((home / "kept.json").read_text())["validation"]["judged_by"].keys() == {
        "classifier",
        "finder",
        "both",
    }


@pytest.mark.usefixtures("_sees_squares")
def test_progress_as_json_lines_ends_with_what_was_reached(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(home, "--json") == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    stages = [line["stage"] for line in lines if line["event"] == "stage"]
    assert stages == ["read", "train", "choose thresholds"]
    assert [line["progress"] for line in lines if line["event"] == "epoch"] == [1.0]
    assert lines[-1]["event"] == "done"
    assert lines[-1]["sha256"] == file_sha256(home / "out.safetensors")


@pytest.mark.usefixtures("_sees_squares")
def test_a_resumed_run_gives_the_same_file_as_one_in_one_go(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    longer, same_name = ["--epochs", "2"], ["--name", "same"]
    assert train(home, *longer, *same_name) == 0
    told = Progress.finder_epoch

    def pulled_plug(self: Progress, values: dict[str, Any]) -> None:
        told(self, values)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "finder_epoch", pulled_plug)
        assert train(home, *longer, *same_name, out="cut") == 130

    assert train(home, *longer, *same_name, "--resume", out="cut") == 0
    assert file_sha256(home / "cut.safetensors") == file_sha256(home / "out.safetensors")


def test_a_finder_that_learned_too_little_is_not_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(home) == 2

    assert "finds no face on the held-out photos: train it longer" in capsys.readouterr().err
    assert not (home / "out.safetensors").exists()
    assert (home / "out.run" / "last.safetensors").is_file()


def test_evaluation_says_in_words_how_good_a_finder_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(home, "--finder", "haar") == 0

    printed = capsys.readouterr().out
    assert "haar on 12 photos" in printed
    assert "of 24 faces found (IoU >= 0.4)" in printed
    assert "no_mask of 40 px and more that are flagged" in printed


def test_evaluation_gives_json_on_standard_output_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_finder(home / "finder.safetensors", found_above=0.0, faint_above=0.0, working_side=224, trust=1000.0)

    assert evaluate(home, "--weights", str(home / "finder.safetensors"), "--json", "--iou", "0.5") == 0

    report = json.loads(capsys.readouterr().out)
    assert (report["finder"], report["photos"], report["faces"], report["iou"]) == ("ssd", 12, 24, 0.5)
    assert report["found"] + report["wrong_boxes"] == report["precision"]["of"] > 0


def test_real_faces_that_nobody_labelled_are_not_held_against_a_finder(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_finder(home / "finder.safetensors", found_above=0.0, faint_above=0.0, working_side=224, trust=1000.0)
    everywhere = {f"photo-{number}.jpg": [[0, 0, 200, 200]] for number in range(12)}
    (home / "more.json").write_text(json.dumps(everywhere))

    asked = ["--weights", str(home / "finder.safetensors"), "--json", "--unlabelled", str(home / "more.json")]
    assert evaluate(home, *asked) == 0

    assert json.loads(capsys.readouterr().out)["wrong_boxes"] == 0


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("no scenes", "give a folder with annotations.json"),
        ("few scenes", "too few photos"),
        ("no data", "is no folder"),
        ("bad photo", "is damaged"),
        ("no classifier", "check the path of the weights"),
        ("finder as classifier", "finds faces; the model that judges them"),
    ],
)
def test_what_cannot_be_learned_from_gets_a_sentence_and_exit_code_2(
    home: Path, broken: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more: list[str] = []
    if broken == "no scenes":
        more = ["--scenes", str(home / "nowhere")]
    elif broken == "few scenes":
        make_scenes(home / "scenes", photos=3)
    elif broken == "no data":
        more = ["--data", str(home / "nowhere")]
    elif broken == "bad photo":
        (home / "scenes" / "images" / "photo-3.jpg").write_bytes(b"\xff\xd8\xff")
    elif broken == "no classifier":
        more = ["--classifier", str(home / "none.safetensors")]
    else:
        save_finder(home / "judge.safetensors")

    assert train(home, *more) == 2

    assert said in capsys.readouterr().err
    assert not (home / "out.safetensors").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--weights", "none.safetensors"], "check the path of the weights"),
        (["--finder", "yunet"], "yunet"),
        (["--finder", "haar", "--scenes", "nowhere"], "annotations.json"),
        (["--finder", "haar", "--unlabelled", "none.json"], "check --unlabelled"),
        (["--finder", "haar", "--keep", "kept.json"], "not those of haar"),
    ],
)
def test_what_cannot_be_measured_gets_a_sentence_and_exit_code_2(
    home: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(home, *options) == 2

    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    "options",
    [
        ["--size", "100"],
        ["--size", "32"],
        ["--epochs", "0"],
        ["--minutes", "0"],
        ["--minutes", "nan"],
        ["--learning-rate", "-1"],
        ["--precision", "1"],
        ["--working-side", "64"],
        ["--batch", "many"],
    ],
)
def test_options_out_of_range_are_refused_before_anything_is_read(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train-finder", "--data", "d", "--scenes", "s", "--out", "o", *options])

    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_options_change_the_recipe_and_leave_the_rest_alone() -> None:
    asked = ["train-finder", "--data", "d", "--scenes", "s", "--out", "o"]

    changed = recipe_of(parser().parse_args([*asked, "--batch", "7", "--seed", "3"]))

    assert (changed.batch, changed.seed, changed.size) == (7, 3, FINDER_RECIPE.size)
    assert recipe_of(parser().parse_args(asked)) == FINDER_RECIPE
    assert parser().parse_args(asked).working_side == WORKING_SIDE


def test_every_fourth_batch_has_few_pictures_of_twice_the_side() -> None:
    shapes = [FINDER_RECIPE.shape_of(number) for number in range(8)]

    assert shapes == [(320, 16), (320, 16), (320, 16), (640, 4)] * 2


def test_a_finder_starts_from_what_a_classifier_knows(home: Path) -> None:
    from detection.vision.weights import read_tensors

    one, other = (starting_finder(home / "judge.safetensors", seed) for seed in (1, 2))

    known = read_tensors(home / "judge.safetensors")["features.0.weight"]
    assert (one.features[0].weight == known).all()
    assert not (one.heads[0][0].weight == other.heads[0][0].weight).all()


def test_a_finder_can_go_on_learning_from_where_another_ended(home: Path) -> None:
    save_finder(home / "before.safetensors")

    model = known_finder(home / "before.safetensors")

    assert (model.heads[0][-1].weight == load(home / "before.safetensors")[0].heads[0][-1].weight).all()


def test_a_classifier_is_no_finder_to_go_on_from(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(home, "--improve", str(home / "judge.safetensors")) == 2
    assert "finds no faces" in capsys.readouterr().err

"""The command line: photos and folders in, a line for each out, whatever is wrong with some of them."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from detection.vision import __main__ as vision
from detection.vision.classifier import Judgement
from detection.vision.command import Output, check, photos_in
from detection.vision.labels import Label
from detection.vision.scan import Scanner
from detection.vision.wording import judgement_in_words, sentence_on
from tests.detection.vision.models import save_finder, save_model
from tests.detection.vision.test_scan import CardboardFinder, CardboardJudge, judged
from tests.hostile import parts


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "gate").mkdir(parents=True)
    (folder / "b.jpg").write_bytes(parts.jpeg())
    (folder / "a.PNG").write_bytes(parts.png())
    (folder / "gate" / "b.heic").write_bytes(parts.HEIC)
    (folder / "notes.txt").write_text("not a photo", encoding="utf-8")
    (folder / ".hidden.jpg").write_bytes(parts.jpeg())
    return folder


class Lines(io.StringIO):
    def isatty(self) -> bool:
        return False


def run(paths: list[Path], **changes: Any) -> tuple[int, list[str], str]:
    """Exit code, lines, and what was written about progress."""
    labels = [judged(Label.MASK), judged(Label.NO_MASK)]
    scanner = Scanner(CardboardFinder((0, 0, 30, 30), (50, 20, 30, 30)), CardboardJudge(*labels))
    lines, progress = Lines(), Lines()
    code = check(paths, scanner, Output(lines, progress, sentence_on, **changes))
    return code, lines.getvalue().splitlines(), progress.getvalue()


class TestPaths:
    def test_folders_are_walked_by_name_and_only_for_pictures(self, photos: Path) -> None:
        assert [path.name for path in photos_in([photos])] == ["a.PNG", "b.jpg", "b.heic"]

    def test_files_are_taken_as_named_and_in_order(self, photos: Path) -> None:
        named = [photos / "notes.txt", photos / "b.jpg", photos / "nothing.jpg"]
        assert list(photos_in(named)) == named


class TestCheck:
    def test_a_sentence_per_photo_in_the_order_given(self, photos: Path) -> None:
        code, lines, _ = run([photos / "b.jpg", photos / "a.PNG"])
        assert code == 0
        sentence = "2 people: 1 wears a mask, 1 does not"
        assert lines == [f"{photos / 'b.jpg'}: {sentence}", f"{photos / 'a.PNG'}: {sentence}"]

    def test_a_photo_that_cannot_be_read_stops_no_other(self, photos: Path) -> None:
        code, lines, _ = run([photos / "notes.txt", photos / "b.jpg", photos / "nothing.jpg"])
        assert code == 1
        assert ["people" in line for line in lines] == [False, True, False]

    def test_json_has_what_the_api_has(self, photos: Path) -> None:
        _, (line,), _ = run([photos / "b.jpg"], as_json=True, model_version="tiny")
        told = json.loads(line)
        assert set(told) == {"file", "width", "height", "verdict", "faces"}
        assert (told["width"], told["height"]) == (parts.WIDTH, parts.HEIGHT)
        assert told["verdict"] == "violation"
        assert told["faces"][0] == {
            "box": [0, 0, 30, 30],
            "label": "mask",
            "score": 0.9,
            "scores": {"mask": 0.9, "no_mask": pytest.approx(0.05), "incorrect": pytest.approx(0.05)},
            "judged_by": "classifier",
            "finder": "cardboard",
            "finder_score": 5.0,
            "model_version": "tiny",
        }

    def test_json_tells_errors_with_code_and_detail(self, photos: Path) -> None:
        code, lines, _ = run([photos / "notes.txt", photos / "nothing.jpg"], as_json=True)
        told = [json.loads(line) for line in lines]
        assert code == 1
        assert [item["error"]["code"] for item in told] == ["unsupported_format", "unreadable"]
        assert all(set(item) == {"file", "error"} and item["error"]["detail"] for item in told)

    def test_a_folder_without_photos_is_an_error(self, tmp_path: Path) -> None:
        code, (line,), _ = run([tmp_path])
        assert code == 1
        assert "no photo" in line

    def test_more_photos_than_fit_in_one_pass_are_all_told(self, photos: Path) -> None:
        code, lines, _ = run([photos / "b.jpg"] * 19)
        assert code == 0
        assert len(lines) == 19

    @pytest.mark.parametrize(("count", "shown"), [(1, False), (2, True)])
    def test_progress_is_shown_beside_the_lines_for_more_than_one_photo(
        self,
        count: int,
        shown: bool,
        photos: Path,
    ) -> None:
        _, lines, progress = run([photos / "b.jpg"] * count)
        assert ("photo" in progress) == shown
        assert len(lines) == count


class TestAnnotated:
    def test_each_photo_is_saved_with_its_boxes(self, photos: Path, tmp_path: Path) -> None:
        run([photos], annotated_dir=tmp_path / "new" / "drawn")
        assert sorted(path.name for path in (tmp_path / "new" / "drawn").iterdir()) == ["a.jpg", "b-2.jpg", "b.jpg"]
        with Image.open(tmp_path / "new" / "drawn" / "a.jpg") as drawn, Image.open(photos / "a.PNG") as plain:
            assert drawn.size == plain.size
            difference = np.abs(np.asarray(drawn, int) - np.asarray(plain.convert("RGB"), int)).mean(axis=2)
        assert difference[:32, :32].max() > 60

    def test_a_photo_that_cannot_be_read_leaves_no_file(self, photos: Path, tmp_path: Path) -> None:
        run([photos / "notes.txt"], annotated_dir=tmp_path / "drawn")
        assert not (tmp_path / "drawn").exists()


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        ({"mask": 1, "no_mask": 1}, "2 people: 1 wears a mask, 1 does not"),
        ({"mask": 2, "no_mask": 3}, "5 people: 2 wear a mask, 3 do not"),
        ({"mask": 1}, "1 person: 1 wears a mask"),
        ({"no_mask": 1}, "1 person: 1 wears no mask"),
        ({"no_mask": 2, "unsure": 1}, "3 people: 2 wear no mask, 1 cannot be told"),
        ({"mask": 1, "incorrect": 2}, "3 people: 1 wears a mask, 2 wear a mask wrongly"),
        ({}, "no face found: look at the photo yourself"),
    ],
)
def test_summaries_in_words(summary: dict[str, int], sentence: str) -> None:
    assert sentence_on(summary) == sentence


@pytest.mark.parametrize(
    ("label", "background", "sentence"),
    [
        (Label.MASK, 0.0, "wears a mask (90%)"),
        (Label.INCORRECT, 0.0, "wears a mask wrongly (90%)"),
        (Label.NO_MASK, 0.9, "wears no mask (90%), though it may be no face at all"),
    ],
)
def test_judgements_in_words(label: Label, background: float, sentence: str) -> None:
    assert judgement_in_words(Judgement(label, 0.9, {}, background > 0.5, background)) == sentence


class TestProgram:
    """`python -m detection.vision`, with a small model of random weights."""

    @pytest.fixture
    def weights(self, tmp_path: Path) -> list[str]:
        save_model(tmp_path / "model.safetensors")
        return ["--weights", str(tmp_path / "model.safetensors")]

    @pytest.fixture
    def finders(self, tmp_path: Path) -> dict[str, list[str]]:
        save_finder(tmp_path / "finder.safetensors")
        ours = ["--finder-weights", str(tmp_path / "finder.safetensors"), "--closer-pixels", "0"]
        return {"haar": ["--finder", "haar"], "ssd": ours}

    @pytest.mark.parametrize("finder", ["haar", "ssd"])
    def test_scan_tells_every_photo(
        self,
        photos: Path,
        weights: list[str],
        finder: str,
        finders: dict[str, list[str]],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        asked = ["scan", str(photos), str(photos / "notes.txt"), "--json", *weights, *finders[finder]]
        assert vision.main(asked) == 1
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [Path(item["file"]).name for item in told] == ["a.PNG", "b.jpg", "b.heic", "notes.txt"]
        assert ["error" in item for item in told] == [False, False, False, True]

    def test_judge_takes_each_picture_as_one_face(
        self, photos: Path, weights: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert vision.main(["judge", str(photos), "--json", *weights]) == 0
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [Path(item["file"]).name for item in told] == ["a.PNG", "b.jpg", "b.heic"]
        for item in told:
            assert item["label"] in set(Label)
            assert sum(item["scores"].values()) == pytest.approx(1, abs=0.001)

    def test_judge_tells_what_it_cannot_read(
        self, photos: Path, weights: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        files = [str(photos / name) for name in ("notes.txt", "nothing.jpg", "b.jpg")]
        assert vision.main(["judge", *files, *weights]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 3
        assert "whatever its name says" in lines[0]
        assert "cannot be read" in lines[1]

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--weights", "nothing.safetensors", "--finder", "haar"],
            ["--finder", "yunet"],
            ["--finder-weights", "nothing.safetensors"],
        ],
    )
    def test_a_missing_model_or_finder_is_one_sentence(
        self, arguments: list[str], weights: list[str], photos: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert vision.main(["scan", str(photos), *weights, *arguments]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert len(told.err.splitlines()) == 1

    def test_nothing_to_do_is_explained(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stopped:
            vision.main([])
        assert stopped.value.code == 2
        assert "scan" in capsys.readouterr().err

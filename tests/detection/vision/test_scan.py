"""The whole way of a photo, with a finder and a judge made of cardboard; and once with real ones."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detection.vision.boxes import Box, FoundBox
from detection.vision.classifier import Judgement
from detection.vision.errors import FinderError, PhotoError, WeightsError
from detection.vision.labels import Label, Verdict
from detection.vision.scan import ScannedPhoto, Scanner, make_scanner
from detection.vision.spec import ModelSpec
from tests.detection.vision.models import make_spec, save_finder, save_model
from tests.hostile import parts
from tests.requirements import DATA, needs

Pixels = np.ndarray


class CardboardFinder:
    """Finds the boxes it was made with, and remembers the pictures it saw."""

    name = "cardboard"

    def __init__(self, *boxes: tuple[int, int, int, int] | FoundBox) -> None:
        self.boxes = [b if isinstance(b, FoundBox) else FoundBox(Box(*b), 5.0, self.name) for b in boxes]
        self.seen: list[tuple[int, ...]] = []

    def find(self, pixels: Pixels) -> list[FoundBox]:
        self.seen.append(pixels.shape)
        return self.boxes


class CardboardJudge:
    """Says what it was told to, and counts how often it is asked."""

    def __init__(self, *judgements: Judgement, spec: ModelSpec | None = None) -> None:
        self.spec = spec or make_spec()
        self.judgements = judgements or (judged(),)
        self.asked: list[list[Pixels]] = []

    def judge(self, crops: Sequence[Pixels]) -> list[Judgement]:
        self.asked.append(list(crops))
        return [self.judgements[number % len(self.judgements)] for number in range(len(crops))]


def judged(label: Label = Label.MASK, score: float = 0.9, background: float = 0.0) -> Judgement:
    score = 0.5 if label == Label.UNSURE else score
    best = "mask" if label == Label.UNSURE else label.value
    scores = {name: score if name == best else (1 - score) / 2 for name in ("mask", "no_mask", "incorrect")}
    return Judgement(label, score, scores, background >= 0.5, background)


def scan_one(finder: CardboardFinder, judge: CardboardJudge, source: Any = None) -> ScannedPhoto:
    (result,) = Scanner(finder, judge).scan([source or parts.jpeg()])
    assert isinstance(result, ScannedPhoto)
    return result


def test_a_photo_comes_out_with_its_faces_and_verdict() -> None:
    photo = scan_one(CardboardFinder((10, 20, 30, 40)), CardboardJudge(judged(Label.NO_MASK, 0.8)))
    assert (photo.width, photo.height) == (parts.WIDTH, parts.HEIGHT)
    assert photo.verdict == Verdict.VIOLATION
    assert photo.summary == {"mask": 0, "no_mask": 1, "incorrect": 0, "unsure": 0}
    (face,) = photo.faces
    assert face.box == Box(10, 20, 30, 40)
    assert (face.label, face.score, face.finder, face.finder_score) == (Label.NO_MASK, 0.8, "cardboard", 5.0)


def test_no_face_is_a_result_and_asks_no_judge() -> None:
    judge = CardboardJudge()
    assert scan_one(CardboardFinder(), judge).verdict == Verdict.NO_FACE
    assert judge.asked == []


def test_faces_stand_from_left_to_right_then_from_above() -> None:
    finder = CardboardFinder((100, 5, 20, 20), (10, 80, 20, 20), (10, 10, 20, 20), (60, 50, 20, 20))
    faces = scan_one(finder, CardboardJudge()).faces
    assert [face.box[:2] for face in faces] == [(10, 10), (10, 80), (60, 50), (100, 5)]


def test_all_crops_of_a_chunk_are_judged_in_one_pass_and_go_back_to_their_photos() -> None:
    labels = [judged(label) for label in (Label.MASK, Label.NO_MASK, Label.UNSURE, Label.INCORRECT)]
    judge = CardboardJudge(*labels)
    finder = CardboardFinder((0, 0, 30, 30), (60, 60, 30, 30))
    first, second = Scanner(finder, judge).scan([parts.jpeg(), parts.png()])
    assert [len(crops) for crops in judge.asked] == [4]
    assert isinstance(first, ScannedPhoto)
    assert isinstance(second, ScannedPhoto)
    assert [face.label for face in first.faces] == [Label.MASK, Label.NO_MASK]
    assert [face.label for face in second.faces] == [Label.UNSURE, Label.INCORRECT]


def test_boxes_are_in_pixels_of_the_full_upright_picture() -> None:
    """Searched at half the size, found there, told at full size; sideways photos are upright by then."""
    exif = parts.Image.Exif()
    exif[0x0112] = 6
    photo = parts.saved(parts.image(width=600, height=400), "PNG", exif=exif)
    finder = CardboardFinder((10, 20, 50, 50), (180, 280, 50, 50))
    (result,) = Scanner(finder, CardboardJudge(), working_side=300).scan([photo])
    assert finder.seen == [(300, 200, 3)]
    assert isinstance(result, ScannedPhoto)
    assert (result.width, result.height) == (400, 600)
    assert [face.box for face in result.faces] == [Box(20, 40, 100, 100), Box(360, 560, 40, 40)]


def test_a_box_beside_the_picture_is_no_face() -> None:
    assert scan_one(CardboardFinder((500, 500, 30, 30)), CardboardJudge()).faces == []


class TestCrops:
    def test_the_judge_sees_its_own_size(self) -> None:
        judge = CardboardJudge(spec=make_spec(input_size=48))
        scan_one(CardboardFinder((10, 20, 30, 40)), judge)
        assert judge.asked[0][0].shape == (48, 48, 3)

    @pytest.mark.parametrize(("side", "expected"), [(40, 52), (400, 224)])
    def test_people_see_the_face_with_some_margin_never_enlarged(self, side: int, expected: int) -> None:
        photo = parts.saved(parts.image(width=900, height=900), "PNG")
        face = scan_one(CardboardFinder((200, 200, side, side)), CardboardJudge(), photo).faces[0]
        assert face.crop.shape == (expected, expected, 3)
        assert face.crop.dtype == np.uint8


class TestWhatIsNoFace:
    @pytest.mark.parametrize(("background", "shown"), [(0.0, 1), (0.49, 1), (0.51, 0), (1.0, 0)])
    def test_what_is_likely_background_is_not_shown(self, background: float, shown: int) -> None:
        photo = scan_one(CardboardFinder((10, 10, 30, 30)), CardboardJudge(judged(background=background)))
        assert len(photo.faces) == shown
        assert photo.verdict == (Verdict.COMPLIANT if shown else Verdict.NO_FACE)

    @pytest.mark.parametrize(("trust", "shown"), [(0.1, 0), (1.0, 1), (5.0, 1)])
    def test_a_box_the_finder_trusts_less_must_look_more_like_a_face(self, trust: float, shown: int) -> None:
        finder = CardboardFinder(FoundBox(Box(10, 10, 30, 30), 1.0, "cardboard", trust))
        assert len(scan_one(finder, CardboardJudge(judged(background=0.3))).faces) == shown

    def test_trust_does_not_matter_for_a_model_that_knows_no_background(self) -> None:
        finder = CardboardFinder(FoundBox(Box(10, 10, 30, 30), 1.0, "cardboard", 0.01))
        judge = CardboardJudge(judged(), spec=make_spec(classes=("mask", "no_mask")))
        assert len(scan_one(finder, judge).faces) == 1


class TestOnePerPerson:
    @pytest.mark.parametrize("other", [(12, 12, 40, 40), (18, 18, 15, 15), (0, 0, 90, 90)])
    def test_two_boxes_on_one_head_are_one_person(self, other: tuple[int, int, int, int]) -> None:
        surer = FoundBox(Box(10, 10, 40, 40), 9.0, "cardboard")
        for boxes in ((surer, other), (other, surer)):
            assert [face.box for face in scan_one(CardboardFinder(*boxes), CardboardJudge()).faces] == [surer.box]

    def test_neighbours_stay_two(self) -> None:
        photo = scan_one(CardboardFinder((10, 10, 40, 40), (40, 10, 40, 40)), CardboardJudge())
        assert len(photo.faces) == 2

    def test_a_box_that_is_no_face_takes_no_face_away(self) -> None:
        finder = CardboardFinder(FoundBox(Box(0, 0, 90, 90), 9.0, "cardboard"), (20, 20, 40, 40))
        judge = CardboardJudge(judged(background=0.9), judged())
        assert [face.box for face in scan_one(finder, judge).faces] == [Box(20, 20, 40, 40)]


class TestPhotosThatFail:
    def test_a_broken_photo_harms_no_other(self, tmp_path: Path) -> None:
        sources = [parts.jpeg(), b"", parts.png()[:200], tmp_path / "nothing.jpg", tmp_path, parts.webp()]
        results = Scanner(CardboardFinder((10, 10, 30, 30)), CardboardJudge()).scan(sources)
        codes = [result.code if isinstance(result, PhotoError) else "done" for result in results]
        assert codes == ["done", "empty", "damaged", "unreadable", "unreadable", "done"]

    def test_what_nobody_foresaw_is_one_photos_error(self, caplog: pytest.LogCaptureFixture) -> None:
        class Fragile(CardboardFinder):
            def find(self, pixels: Pixels) -> list[FoundBox]:
                if pixels.shape[0] != parts.HEIGHT:
                    raise ZeroDivisionError
                return super().find(pixels)

        small = parts.saved(parts.image(width=50, height=50), "PNG")
        bad, good = Scanner(Fragile((1, 1, 30, 30)), CardboardJudge()).scan([small, parts.jpeg()])
        assert isinstance(bad, PhotoError)
        assert "ZeroDivisionError" in bad.detail
        assert isinstance(good, ScannedPhoto)
        assert "Traceback" in caplog.text

    def test_a_judge_that_fails_is_not_hidden(self) -> None:
        class Broken(CardboardJudge):
            def judge(self, crops: Sequence[Pixels]) -> list[Judgement]:
                raise RuntimeError("out of memory")

        with pytest.raises(RuntimeError, match="out of memory"):
            Scanner(CardboardFinder((1, 1, 30, 30)), Broken()).scan([parts.jpeg()])


def test_the_whole_chunks_pixels_are_never_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crops are copies: no view keeps a whole picture alive."""
    judge = CardboardJudge()
    photo = scan_one(CardboardFinder((10, 10, 90, 90)), judge)
    for crop in (photo.faces[0].crop, judge.asked[0][0]):
        owner: Any = crop
        while getattr(owner, "base", None) is not None:
            owner = owner.base
        assert owner.nbytes < parts.WIDTH * parts.HEIGHT * 3


class TestMakeScanner:
    def test_it_scans_with_weights_from_a_file(self, tmp_path: Path) -> None:
        sha256 = save_model(tmp_path / "model.safetensors")
        finder_sha256 = save_finder(tmp_path / "finder.safetensors")
        scanner = make_scanner(
            tmp_path / "model.safetensors",
            sha256=sha256,
            finder_weights=tmp_path / "finder.safetensors",
            finder_sha256=finder_sha256,
        )
        (result,) = scanner.scan([parts.jpeg()])
        assert isinstance(result, ScannedPhoto)
        assert scanner.finder.name == "ssd"

    @pytest.mark.parametrize(
        ("change", "error", "code"),
        [
            ({"sha256": "0" * 64, "finder": "haar"}, WeightsError, "wrong_hash"),
            ({"finder_weights": Path("nowhere.safetensors")}, WeightsError, "missing"),
            ({"finder": "yunet"}, FinderError, "missing"),
            ({"finder": "eyes"}, FinderError, "unknown_finder"),
        ],
    )
    def test_what_cannot_work_is_told_at_once(
        self, change: dict[str, Any], error: type[Exception], code: str, tmp_path: Path
    ) -> None:
        save_model(tmp_path / "model.safetensors")
        with pytest.raises(error) as raised:
            make_scanner(tmp_path / "model.safetensors", **change)
        assert raised.value.code == code  # type: ignore[attr-defined]

    @pytest.mark.parametrize("module", ["detection.vision.scan", "detection.vision.draw", "detection.vision.images"])
    def test_importing_it_loads_no_torch(self, module: str) -> None:
        program = f"import sys, {module}; sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@needs("data")
@pytest.mark.parametrize("finder", ["haar", "ssd"])
@pytest.mark.parametrize("folder", ["mask", "no_mask"])
def test_a_portrait_is_found_and_judged_by_the_starter_model(
    folder: str, finder: str, portrait: Callable[[str], Pixels]
) -> None:
    from detection.vision.spec import STARTER

    results = make_scanner(STARTER, finder=finder).scan([parts.saved(parts.Image.fromarray(portrait(folder)), "PNG")])
    assert isinstance(results[0], ScannedPhoto)
    assert results[0].summary[folder] >= 1


@pytest.fixture
def portrait() -> Callable[[str], Pixels]:
    """Six faces of one label in a row on a grey wall: each so large that a phone would have taken it."""

    def made(folder: str) -> Pixels:
        paths = sorted((DATA / "faces" / "validation" / folder).glob("jolignier*"))[:6]
        wall = np.full((400, 1800, 3), 170, np.uint8)
        for number, path in enumerate(paths):
            with parts.Image.open(path) as image:
                wall[80:320, 30 + 300 * number : 270 + 300 * number] = np.array(image.convert("RGB").resize((240, 240)))
        return wall

    return made

"""Scanning with a finder that also judges, and one that looks closer: whose word the label is, and where boxes lie."""

import io
from collections.abc import Sequence

import numpy as np
import pytest

from detection.vision.boxes import Box, FoundBox
from detection.vision.classifier import Judgement
from detection.vision.finder_spec import JUDGES
from detection.vision.labels import Label
from detection.vision.scan import ScannedFace, ScannedPhoto, Scanner
from tests.detection.vision.models import make_spec
from tests.detection.vision.squares import Square, draw, make_square_finder, seen_by
from tests.detection.vision.test_scan import CardboardFinder, CardboardJudge, judged, scan_one
from tests.hostile import parts

Pixels = np.ndarray
OWN = {"mask": 0.2, "no_mask": 0.7, "incorrect": 0.1}
PLACE = Box(10, 10, 30, 30)


class JudgingFinder(CardboardFinder):
    """Also tells how the mask is worn, and whose word that is."""

    def __init__(self, *boxes: FoundBox, judged_by: str = "both", unsure_below: float = 0.6) -> None:
        super().__init__(*boxes)
        self.judged_by, self.unsure_below = judged_by, unsure_below


def found(labels: dict[str, float] | None = OWN, box: Box = PLACE, *, sure: bool = True) -> FoundBox:
    return FoundBox(box, 0.9, "ssd", labels=labels, sure=sure)


def only_face(finder: CardboardFinder, judge: CardboardJudge) -> ScannedFace:
    (face,) = scan_one(finder, judge).faces
    return face


class TestWhoseWordTheLabelIs:
    @pytest.mark.parametrize(
        ("judged_by", "label", "score"),
        [("classifier", Label.MASK, 0.8), ("finder", Label.NO_MASK, 0.7), ("both", Label.UNSURE, 0.5)],
    )
    def test_it_is_told_as_the_finder_was_set_up(self, judged_by: str, label: Label, score: float) -> None:
        face = only_face(JudgingFinder(found(), judged_by=judged_by), CardboardJudge(judged(Label.MASK, 0.8)))

        assert (face.label, face.judged_by) == (label, judged_by)
        assert face.score == pytest.approx(score)
        assert max(face.scores.values()) == face.score

    def test_both_together_are_the_mean(self) -> None:
        face = only_face(JudgingFinder(found()), CardboardJudge(judged(Label.MASK, 0.8)))

        assert face.scores == pytest.approx({"mask": 0.5, "no_mask": 0.4, "incorrect": 0.1})

    def test_both_together_can_be_sure_of_what_one_was_not(self) -> None:
        hardly = judged(Label.UNSURE)

        assert only_face(JudgingFinder(found({**OWN, "mask": 0.95})), CardboardJudge(hardly)).label == Label.MASK

    @pytest.mark.parametrize("judged_by", JUDGES)
    def test_scores_of_a_face_make_one(self, judged_by: str) -> None:
        face = only_face(JudgingFinder(found(), judged_by=judged_by), CardboardJudge(judged(Label.MASK, 0.8)))

        assert sum(face.scores.values()) == pytest.approx(1)

    @pytest.mark.parametrize(("unsure_below", "label"), [(0.69, Label.NO_MASK), (0.71, Label.UNSURE)])
    def test_a_score_below_the_finders_threshold_is_unsure_where_it_has_a_word(
        self, unsure_below: float, label: Label
    ) -> None:
        judge = CardboardJudge(spec=make_spec(unsure_below=0.9))

        assert only_face(JudgingFinder(found(), judged_by="finder", unsure_below=unsure_below), judge).label == label

    def test_the_classifiers_threshold_counts_where_it_judges_alone(self) -> None:
        judge = CardboardJudge(judged(Label.MASK, 0.8), spec=make_spec(unsure_below=0.85))

        assert only_face(JudgingFinder(found(), judged_by="classifier", unsure_below=0.5), judge).label == Label.UNSURE

    def test_a_classifier_that_knows_fewer_labels_is_heard_too(self) -> None:
        judge = CardboardJudge(Judgement(Label.MASK, 0.9, {"mask": 0.9, "no_mask": 0.1}, is_background=False))

        face = only_face(JudgingFinder(found()), judge)

        assert face.scores == pytest.approx({"mask": 0.55, "no_mask": 0.4, "incorrect": 0.05})

    @pytest.mark.parametrize("finder", [JudgingFinder(found(None)), CardboardFinder(found(None))])
    def test_a_box_without_labels_is_judged_by_the_classifier(self, finder: CardboardFinder) -> None:
        face = only_face(finder, CardboardJudge(judged(Label.MASK, 0.8)))

        assert (face.label, face.score, face.judged_by) == (Label.MASK, 0.8, "classifier")

    def test_the_classifier_may_still_say_that_there_is_no_face(self) -> None:
        finder = JudgingFinder(found(), judged_by="finder")

        assert scan_one(finder, CardboardJudge(judged(background=0.9))).faces == []


class TestBoxesThatAreNotSure:
    def test_they_are_neither_judged_nor_shown(self) -> None:
        judge = CardboardJudge()

        photo = scan_one(JudgingFinder(found(), found(box=Box(80, 60, 30, 30), sure=False)), judge)

        assert [face.box for face in photo.faces] == [PLACE]
        assert [len(crops) for crops in judge.asked] == [1]

    def test_a_photo_with_nothing_else_shows_no_face_and_asks_no_judge(self) -> None:
        judge = CardboardJudge()

        assert scan_one(JudgingFinder(found(sure=False)), judge).faces == []
        assert judge.asked == []


class CloserCardboard(CardboardFinder):
    """Wants to see the photo again at some side, and remembers what it got then."""

    def __init__(self, side: int, *boxes: FoundBox) -> None:
        super().__init__(*boxes)
        self.side = side
        self.photos: list[tuple[int, int]] = []
        self.closely: list[tuple[tuple[int, ...], list[Box]]] = []

    def closer_side(self, found: Sequence[FoundBox], pixels: Pixels, photo: tuple[int, int]) -> int:
        self.photos.append(photo)
        return self.side

    def find_closely(self, pixels: Pixels, side: int, known: Sequence[FoundBox]) -> list[FoundBox]:
        self.closely.append((pixels.shape, [item.box for item in known]))
        return list(known)


def scan_small(finder: CardboardFinder, source: bytes, working_side: int = 200) -> ScannedPhoto:
    (result,) = Scanner(finder, CardboardJudge(), working_side=working_side).scan([source])
    assert isinstance(result, ScannedPhoto)
    return result


class TestLookingCloser:
    PHOTO = parts.saved(parts.image(width=800, height=600), "PNG")

    def test_the_photo_is_opened_larger_and_what_is_known_comes_along(self) -> None:
        finder = CloserCardboard(400, found(box=Box(20, 30, 40, 50)))

        photo = scan_small(finder, self.PHOTO)

        assert finder.seen == [(150, 200, 3)]
        assert finder.photos == [(800, 600)]
        assert finder.closely == [((300, 400, 3), [Box(40, 60, 80, 100)])]
        assert [face.box for face in photo.faces] == [Box(80, 120, 160, 200)]

    def test_the_crops_come_from_the_larger_picture(self) -> None:
        box = Box(20, 30, 40, 50)
        finders = [CloserCardboard(side, found(box=box)) for side in (0, 400)]

        once, twice = (scan_small(finder, self.PHOTO).faces[0].crop.shape[0] for finder in finders)

        assert finders[0].closely == []
        assert (once, twice) == (65, 130)

    def test_a_photo_without_more_pixels_is_not_opened_again(self) -> None:
        finder = CloserCardboard(1200, found(box=Box(20, 30, 40, 50)))

        photo = scan_small(finder, self.PHOTO, working_side=800)

        assert finder.closely == [((600, 800, 3), [Box(20, 30, 40, 50)])]
        assert photo.faces[0].box == Box(20, 30, 40, 50)

    def test_a_photo_from_an_open_file_is_read_again(self) -> None:

        finder = CloserCardboard(400)
        Scanner(finder, CardboardJudge(), working_side=200).scan([io.BytesIO(self.PHOTO)])

        assert [shape for shape, _ in finder.closely] == [(300, 400, 3)]

    @pytest.mark.parametrize("format_name", ["PNG", "JPEG"])
    def test_our_finder_finds_a_face_far_away_in_pixels_of_the_full_photo(self, format_name: str) -> None:
        faces = [Square(Box(1000, 400, 24, 28)), Square(Box(100, 100, 300, 360), label="no_mask")]
        photo = parts.saved(parts.Image.fromarray(draw(2000, 1500, *faces)), format_name)
        finder = make_square_finder(judged_by="finder")

        (result,) = Scanner(finder, CardboardJudge()).scan([photo])

        assert isinstance(result, ScannedPhoto)
        near, far = result.faces
        assert far.box.iou(faces[0].box) > 0.8
        assert near.box.iou(faces[1].box) > 0.95
        assert [face.label for face in (near, far)] == [Label.NO_MASK, Label.MASK]
        assert {face.judged_by for face in result.faces} == {"finder"}
        assert max(seen_by(finder)[0]) == 640
        assert len(seen_by(finder)) > 1

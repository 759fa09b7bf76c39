"""Thresholds, trust and judge of a finder, from what was found on photos it did not learn from."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from detection.vision.boxes import Box, FoundBox
from detection.vision.classifier import Classifier, Judgement
from detection.vision.finder_spec import FinderSpec
from detection.vision.labels import Label
from detection.vision.scan import Candidate, is_face
from detection.vision.spec import ModelSpec
from tests.detection.vision.models import make_model, make_spec
from tests.detection.vision.squares import Square, draw, make_square_finder, seen_by
from tests.training.learning.pictures import write_picture
from training.learning.errors import LearningError
from training.learning.finding.choose import (
    ROOM,
    WEIGHTS,
    Watched,
    best_threshold,
    by_classifier,
    chosen_spec,
    fitted_temperature,
    found_on,
    is_shown,
    judged_well,
    one_each,
    watch,
)
from training.learning.scenes import Scene

RIGHT, WRONG, HARDLY = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.4, 0.3, 0.3)  # where the truth is a mask
Three = tuple[float, float, float]


class OnlySpec(NamedTuple):
    """What is asked of a classifier that has judged already."""

    spec: ModelSpec


class Row(NamedTuple):
    """One box: how sure the finder is, the place of its label or -1, what both say of the label, odds of background."""

    score: float
    truth: int = 0
    own: Three = RIGHT
    judged: Three = RIGHT
    background: float = 0.0


def watched(*rows: Row, faces: int | None = None) -> Watched:
    scores, truth, own, judged, background = (np.array(column) for column in zip(*rows, strict=True))
    hit = truth >= 0
    return Watched(scores, hit, truth, own, judged, background, int(hit.sum()) if faces is None else faces)


MIXED = watched(Row(0.9), Row(0.8), Row(0.7, -1), Row(0.6), Row(0.5, -1), faces=5)


def shown_by(told: dict[str, float], seen: Watched, weight: float) -> list[float]:
    return seen.scores[is_shown(seen, weight, told["trust"], 0.0)].tolist()


class TestThreshold:
    @pytest.mark.parametrize(("precision", "lowest", "found"), [(0.9, 0.8, 2), (0.75, 0.6, 3), (0.6, 0.5, 3)])
    def test_as_many_boxes_are_shown_as_are_right_often_enough(
        self, precision: float, lowest: float, found: int
    ) -> None:
        told = best_threshold(MIXED, 1.0, precision)

        assert min(shown_by(told, MIXED, 1.0)) == lowest
        assert (told["found"], told["recall"]) == (found, found / 5)
        assert told["precision"] >= precision

    def test_where_none_is_right_often_enough_it_is_the_most_precise(self) -> None:
        told = best_threshold(watched(Row(0.9, -1), Row(0.8), Row(0.7, -1)), 1.0, 0.9)

        assert (told["found"], told["precision"]) == (1, 0.5)

    def test_the_classifiers_word_sorts_out_what_the_score_cannot(self) -> None:
        seen = watched(Row(0.9), Row(0.8, -1, background=50.0), Row(0.7, background=0.1))

        assert shown_by(best_threshold(seen, 1.0, 0.9), seen, 1.0) == [0.9, 0.7]
        assert shown_by(best_threshold(seen, 0.05, 0.9), seen, 0.05) == [0.9]

    def test_average_precision_is_one_when_all_faces_come_before_all_ghosts(self) -> None:
        assert best_threshold(watched(Row(0.9), Row(0.8), Row(0.7, -1)), 1.0, 0.9)["average_precision"] == 1
        assert best_threshold(watched(Row(0.9), faces=2), 1.0, 0.9)["average_precision"] == 0.5
        assert best_threshold(watched(Row(0.9, -1), Row(0.8)), 1.0, 0.9)["average_precision"] == 0.5

    def test_nothing_seen_is_nothing_found(self) -> None:
        nothing = Watched(
            np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int64), *[np.zeros((0, 3))] * 2, np.zeros(0), faces=4
        )

        assert best_threshold(nothing, 1.0, 0.9)["recall"] == 0
        with pytest.raises(LearningError, match="train it longer"):
            chosen_spec(nothing, FinderSpec(), 0.9)


class TestChosenSpec:
    def test_the_rest_of_the_spec_stays_as_it_was(self) -> None:
        spec, weighed = chosen_spec(MIXED, FinderSpec(name="mine", working_side=512), 0.9)

        assert (spec.name, spec.working_side) == ("mine", 512)
        assert set(weighed["thresholds"]) == {str(weight) for weight in WEIGHTS}
        assert set(weighed["judged_by"]) == {"classifier", "finder", "both"}

    def test_the_classifier_is_asked_about_all_boxes_that_may_be_faces_and_some_below(self) -> None:
        spec, _ = chosen_spec(MIXED, FinderSpec(), 0.9)

        assert spec.found_above == pytest.approx(ROOM * 0.8, abs=1e-4)
        assert spec.faint_above <= spec.found_above

    def test_a_low_threshold_takes_the_faint_one_down_with_it(self) -> None:
        spec, _ = chosen_spec(watched(Row(0.1), Row(0.08)), FinderSpec(), 0.9)

        assert spec.faint_above == spec.found_above == pytest.approx(ROOM * 0.08, abs=1e-4)

    def test_the_classifier_counts_little_where_it_denies_faces(self) -> None:
        denied = watched(Row(0.9, background=40.0), Row(0.8), Row(0.7, background=12.0), Row(0.6, -1, background=2.0))

        assert chosen_spec(denied, FinderSpec(), 0.9)[0].classifier_weight == min(WEIGHTS)

    def test_it_counts_much_where_it_is_right_to_deny(self) -> None:
        faces = [Row(score, background=0.5) for score in (0.6, 0.65, 0.7)]
        ghosts = watched(*faces, *[Row(0.9, -1, background=30.0)] * 5)

        assert chosen_spec(ghosts, FinderSpec(), 0.9)[0].classifier_weight > max(WEIGHTS) / 3

    @pytest.mark.parametrize(
        ("own", "judged", "by"),
        [
            ((RIGHT, RIGHT, WRONG), (RIGHT, WRONG, RIGHT), "both"),
            ((HARDLY, HARDLY), (WRONG, RIGHT), "finder"),
            ((WRONG, WRONG), (HARDLY, HARDLY), "classifier"),
        ],
    )
    def test_the_label_is_left_to_whoever_the_truth_surprises_least(
        self, own: tuple[Three, ...], judged: tuple[Three, ...], by: str
    ) -> None:
        rows = [Row(0.9 - at / 10, 0, *both) for at, both in enumerate(zip(own, judged, strict=True))]

        assert chosen_spec(watched(*rows), FinderSpec(), 0.9)[0].judged_by == by

    def test_only_faces_that_are_shown_say_who_judges_best(self) -> None:
        hidden = [Row(0.1 + at / 100, 0, WRONG, RIGHT, background=1e6) for at in range(5)]
        ghosts = [Row(0.5, -1, background=1.0)] * 9

        spec, weighed = chosen_spec(watched(*hidden, *ghosts, Row(0.8, 0, HARDLY, WRONG)), FinderSpec(), 0.9)

        assert spec.judged_by == "finder"
        assert weighed["judged_by"]["finder"]["count"] == 1

    def test_a_finder_that_finds_no_face_must_learn_longer(self) -> None:
        with pytest.raises(LearningError, match="train it longer"):
            chosen_spec(watched(Row(0.9, -1), faces=3), FinderSpec(), 0.9)


class TestTemperature:
    def test_who_is_too_sure_becomes_less_sure_and_the_other_way_round(self) -> None:
        sure, careful = np.array([[0.98, 0.01, 0.01]] * 4), np.array([[0.5, 0.3, 0.2]] * 4)

        assert fitted_temperature(sure, np.array([0, 0, 1, 2])) > 1.5
        assert fitted_temperature(careful, np.array([0, 0, 0, 0])) == pytest.approx(0.3)

    def test_well_calibrated_words_stay_about_as_they_are(self) -> None:
        told = np.array([[0.8, 0.1, 0.1]] * 10)

        assert fitted_temperature(told, np.array([0] * 8 + [1, 2])) == pytest.approx(1.0, rel=0.08)

    def test_without_faces_nothing_changes(self) -> None:
        assert fitted_temperature(np.zeros((0, 3)), np.zeros(0, np.int64)) == 1.0


@given(
    score=some.floats(0.05, 1),
    background=some.floats(0.001, 0.999),
    above=some.floats(0.05, 0.95),
    trust=some.floats(0.001, 100),
    weight=some.sampled_from(WEIGHTS),
)
def test_what_counts_as_shown_is_what_a_scan_shows(
    score: float, background: float, above: float, trust: float, weight: float
) -> None:
    classifier = OnlySpec(make_spec(background_above=above))
    rest = (1 - background) / 3
    _, odds = by_classifier(np.array([[rest, rest, rest, background]]), classifier)
    certain = min(score, 0.999)
    finders = trust * (certain / (1 - certain)) ** (1 / weight)
    assume(abs(odds[0] - finders) > 1e-6 * finders)
    pixels = np.zeros((1, 1, 3), np.uint8)
    candidate = Candidate(FoundBox(Box(0, 0, 1, 1), score, "ssd", finders), Box(0, 0, 1, 1), pixels, pixels)

    shown = is_shown(watched(Row(score))._replace(background=odds), weight, trust, 0.0)

    assert bool(shown[0]) is is_face(candidate, Judgement(Label.MASK, 1.0, {}, False, background), above)  # noqa: FBT003


class TestClassifiersWord:
    def test_labels_stand_in_their_order_and_make_one_without_background(self) -> None:
        spec = make_spec(classes=("background", "no_mask", "mask"))
        labels, odds = by_classifier(np.array([[0.5, 0.1, 0.4]]), OnlySpec(spec))

        assert labels[0].tolist() == pytest.approx([0.8, 0.2, 0.0])
        assert odds[0] == pytest.approx(1.0)

    def test_a_classifier_that_knows_no_background_denies_no_face(self) -> None:
        spec = make_spec(classes=("mask", "no_mask"))

        _, odds = by_classifier(np.array([[0.3, 0.7]]), OnlySpec(spec))

        assert odds.tolist() == [0.0]


class TestWatching:
    FACES = (Square(Box(40, 40, 60, 60), 0.9), Square(Box(160, 40, 60, 60), 0.6, "incorrect"))
    GHOST, STRANGER = Square(Box(40, 160, 50, 50), 0.3, "no_mask"), Square(Box(160, 160, 50, 50), 0.95)

    @pytest.fixture
    def classifier(self) -> Classifier:
        return Classifier(make_model(), make_spec(), "cpu")

    @pytest.fixture
    def scene(self, tmp_path: Path) -> Scene:
        path = write_picture(tmp_path / "a.png", draw(256, 256, *self.FACES, self.GHOST, self.STRANGER))
        return Scene(
            path, ((self.FACES[0].box, "mask"), (self.FACES[1].box, "no_mask"), ((5, 5, 8, 8), "mask")),
            unlabelled=(self.STRANGER.box,),
        )  # fmt: skip

    def test_every_box_is_a_face_with_its_label_or_none_and_strangers_do_not_count(
        self, scene: Scene, classifier: Classifier
    ) -> None:
        ticks: list[int] = []

        seen = watch(
            make_square_finder(found_above=0.05, faint_above=0.05), classifier, [scene], lambda: ticks.append(1)
        )

        assert seen.scores.round(1).tolist() == [0.9, 0.6, 0.3]
        assert seen.hit.tolist() == [True, True, False]
        assert seen.truth.tolist() == [0, 1, -1]
        assert seen.own.argmax(axis=1).tolist() == [0, 2, 1]
        assert seen.judged.sum(axis=1).tolist() == pytest.approx([1, 1, 1])
        assert (seen.faces, len(ticks)) == (3, 1)

    def test_photos_without_anybody_found_count_their_faces(self, tmp_path: Path, classifier: Classifier) -> None:
        path = write_picture(tmp_path / "b.png", draw(64, 64))

        seen = watch(make_square_finder(), classifier, [Scene(path, (((5, 5, 20, 20), "mask"),))])

        assert (len(seen.scores), seen.own.shape, seen.faces) == (0, (0, 3), 1)

    def test_small_faces_are_looked_for_closely_as_in_a_scan(self) -> None:
        finder, pixels = make_square_finder(), draw(1600, 1200, Square(Box(800, 600, 30, 30)))

        (found,) = found_on(finder, pixels)

        assert found.box.iou(Box(800, 600, 30, 30)) > 0.8
        assert len(seen_by(finder)) > 1

    def test_a_box_that_will_be_no_hint_in_serving_is_none_here(self) -> None:
        finder = make_square_finder(found_above=0.05, faint_above=0.05)
        pixels = draw(1600, 1200, Square(Box(800, 600, 200, 240)), Square(Box(100, 100, 30, 30), 0.1))

        assert len(found_on(finder, pixels, hint=0.15)) == 2
        assert len(seen_by(finder)) == 1

    def test_of_two_boxes_on_one_head_the_surer_is_kept(self) -> None:
        head, hat = FoundBox(Box(10, 10, 40, 40), 0.9, "ssd"), FoundBox(Box(15, 12, 30, 30), 0.5, "ssd")

        assert one_each([head, hat, head._replace(box=Box(90, 10, 40, 40))])[0::2] == [head]
        assert len(one_each([head, hat, head._replace(box=Box(90, 10, 40, 40))])) == 2


def test_few_rightly_judged_faces_fall_below_the_threshold_of_unsure_and_none_above_four_fifths() -> None:
    certain, hardly = np.array([[0.95, 0.03, 0.02]] * 99), np.array([[0.6, 0.2, 0.2]] * 3)
    truth = np.zeros(102, np.int64)

    assert judged_well(np.concatenate([certain, hardly]), truth)["unsure_below"] == pytest.approx(0.6, abs=0.05)
    assert judged_well(certain, truth[:99])["unsure_below"] == 0.8
    assert judged_well(np.array([[0.34, 0.33, 0.33]]), truth[:1])["unsure_below"] == 0.5

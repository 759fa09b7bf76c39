import numpy as np
import pytest

from training.learning.finding.matching import NEUTRAL, NO_FACE, PhotoFound, curve_of, matched

Boxes = list[tuple[float, float, float, float]]
FACE, OTHER, NOWHERE = (10.0, 10.0, 40.0, 40.0), (100.0, 10.0, 40.0, 40.0), (200.0, 200.0, 30.0, 30.0)


def photo(boxes: Boxes, faces: Boxes = (), neutral: Boxes = (), scores: list[float] | None = None) -> PhotoFound:  # type: ignore[assignment]
    tables = (np.array(table, np.float64).reshape(-1, 4) for table in (boxes, faces, neutral))
    found, true, others = tables
    return PhotoFound(found, np.array(scores or np.linspace(0.9, 0.5, len(boxes))), true, others)


def test_each_box_is_told_the_face_it_finds() -> None:
    assert matched(photo([OTHER, NOWHERE, FACE], [FACE, OTHER])).tolist() == [1, NO_FACE, 0]


def test_a_face_is_found_once_and_by_the_surest_box() -> None:
    assert matched(photo([FACE, (11, 10, 40, 40)], [FACE], scores=[0.5, 0.8])).tolist() == [NO_FACE, 0]


def test_a_box_whose_best_face_is_taken_may_find_the_next_one() -> None:
    near = (24.0, 10.0, 40.0, 40.0)
    assert matched(photo([FACE, (18, 10, 40, 40)], [FACE, near])).tolist() == [0, 1]


@pytest.mark.parametrize(("shift", "found"), [(17, 0), (18, NO_FACE)])
def test_a_box_must_overlap_its_face_well_enough(shift: float, found: int) -> None:
    assert matched(photo([(10 + shift, 10, 40, 40)], [FACE])).tolist() == [found]


def test_a_stricter_overlap_can_be_asked_for() -> None:
    assert matched(photo([(18, 10, 40, 40)], [FACE]), iou=0.9).tolist() == [NO_FACE]


def test_a_box_on_a_face_nobody_labelled_is_neither_right_nor_wrong() -> None:
    boxes = [OTHER, (110.0, 20.0, 10.0, 10.0), NOWHERE]
    assert matched(photo(boxes, [FACE], [OTHER])).tolist() == [NEUTRAL, NEUTRAL, NO_FACE]


def test_a_labelled_face_comes_before_one_nobody_labelled() -> None:
    assert matched(photo([FACE], [FACE], [FACE])).tolist() == [0]


def test_nothing_found_and_nobody_there_are_cases_too() -> None:
    assert matched(photo([], [FACE], [OTHER])).tolist() == []
    assert matched(photo([FACE])).tolist() == [NO_FACE]


class TestCurve:
    PHOTOS = (
        photo([FACE, NOWHERE], [FACE, OTHER], scores=[0.9, 0.7]),
        photo([FACE, OTHER], [FACE], [OTHER], scores=[0.8, 0.95]),
        photo([], [FACE]),
    )

    def test_precision_and_recall_go_on_from_the_surest_box_over_all_photos(self) -> None:
        curve = curve_of(self.PHOTOS)

        assert curve.scores.tolist() == [0.9, 0.8, 0.7]
        assert curve.precision.tolist() == pytest.approx([1, 1, 2 / 3])
        assert curve.recall.tolist() == pytest.approx([1 / 4, 1 / 2, 1 / 2])

    @pytest.mark.parametrize(("precision", "threshold", "recall"), [(0.9, 0.8, 0.5), (0.6, 0.7, 0.5)])
    def test_the_lowest_score_for_a_precision_is_told(self, precision: float, threshold: float, recall: float) -> None:
        curve = curve_of(self.PHOTOS)

        assert curve.threshold_for(precision) == threshold
        assert curve.recall_at_precision(precision) == recall

    def test_a_precision_never_reached_has_no_threshold(self) -> None:
        curve = curve_of([photo([NOWHERE], [FACE])])

        assert curve.threshold_for(0.5) == np.inf
        assert curve.recall_at_precision(0.5) == 0

    def test_the_mean_precision_is_one_when_all_is_right_and_less_otherwise(self) -> None:
        right = curve_of([photo([FACE, OTHER], [FACE, OTHER])])
        half = curve_of([photo([NOWHERE, FACE], [FACE])])

        assert right.average_precision == 1.0
        assert half.average_precision == 0.5

    def test_no_photos_make_an_empty_curve(self) -> None:
        curve = curve_of([])

        assert len(curve.scores) == 0
        assert curve.average_precision == 0
        assert curve.threshold_for(0.9) == np.inf

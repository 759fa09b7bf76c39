import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from training.learning.metrics import calibration_error, mean_loss, per_class, report_of, wilson

CLASSES = ("mask", "no_mask")


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(251, 260, 0.9355, 0.9817), (5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)],
)
def test_the_interval_is_wilsons(hits: int, count: int, low: float, high: float) -> None:
    assert wilson(hits, count) == pytest.approx((low, high), abs=2e-4)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(count=some.integers(1, 5000), part=some.floats(0, 1))
def test_the_interval_holds_the_proportion(count: int, part: float) -> None:
    hits = round(part * count)
    low, high = wilson(hits, count)

    assert 0 <= low <= hits / count + 1e-9
    assert hits / count - 1e-9 <= high <= 1


def test_the_report_counts_hits_mistakes_and_both_ways_of_being_right() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])

    report = report_of(CLASSES, probabilities, np.array([0, 0, 0, 1]))

    assert (report["count"], report["accuracy"]) == (4, 0.75)
    assert report["interval"] == pytest.approx(list(wilson(3, 4)))
    assert report["confusion"] == {"mask": {"mask": 2, "no_mask": 1}, "no_mask": {"mask": 0, "no_mask": 1}}
    assert report["per_class"]["mask"] == {"precision": 1.0, "recall": pytest.approx(2 / 3), "count": 3}
    assert report["per_class"]["no_mask"] == {"precision": 0.5, "recall": 1.0, "count": 1}
    assert report["loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.7]).mean())


def test_a_class_that_was_never_judged_or_never_there_has_no_rate() -> None:
    assert per_class({"mask": {"mask": 0, "no_mask": 2}, "no_mask": {"mask": 0, "no_mask": 0}}) == {
        "mask": {"precision": None, "recall": 0.0, "count": 2},
        "no_mask": {"precision": 0.0, "recall": None, "count": 0},
    }


def test_scores_that_are_as_often_right_as_they_say_have_no_calibration_error() -> None:
    probabilities = np.array([[0.75, 0.25]] * 4)

    assert calibration_error(probabilities, np.array([0, 0, 0, 1])) == pytest.approx(0)
    assert calibration_error(probabilities, np.array([1, 1, 1, 1])) == pytest.approx(0.75)


def test_a_sure_mistake_is_expensive_but_not_infinite() -> None:
    loss = mean_loss(np.array([[1.0, 0.0]]), np.array([1]))

    assert 20 < loss < 40


def test_no_pictures_give_a_report_without_numbers() -> None:
    report = report_of(CLASSES, np.zeros((0, 2)), np.zeros(0, int))

    assert (report["accuracy"], report["loss"], report["calibration_error"]) == (None, 0.0, 0.0)

"""What the labels of a photo's faces add up to."""

import pytest

from detection.vision.labels import Label, Verdict, summary_of, verdict_of

MASK, NO_MASK, INCORRECT, UNSURE = Label.MASK, Label.NO_MASK, Label.INCORRECT, Label.UNSURE


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [
        ([], Verdict.NO_FACE),
        ([MASK], Verdict.COMPLIANT),
        ([MASK, MASK], Verdict.COMPLIANT),
        ([MASK, UNSURE], Verdict.UNSURE),
        ([UNSURE], Verdict.UNSURE),
        ([NO_MASK], Verdict.VIOLATION),
        ([MASK, INCORRECT], Verdict.VIOLATION),
        ([UNSURE, MASK, NO_MASK], Verdict.VIOLATION),
    ],
)
def test_the_worst_label_decides(labels: list[Label], verdict: Verdict) -> None:
    assert verdict_of(labels) == verdict
    assert verdict_of(reversed(labels)) == verdict


def test_no_face_is_never_compliant() -> None:
    assert verdict_of([]) not in (Verdict.COMPLIANT, Verdict.VIOLATION)


def test_a_summary_names_every_label_in_a_fixed_order() -> None:
    assert summary_of([MASK, NO_MASK, MASK]) == {"mask": 2, "no_mask": 1, "incorrect": 0, "unsure": 0}
    assert list(summary_of([])) == ["mask", "no_mask", "incorrect", "unsure"]

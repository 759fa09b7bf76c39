"""The words a face and a photo are judged with."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum


class Label(StrEnum):
    MASK = "mask"
    NO_MASK = "no_mask"
    INCORRECT = "incorrect"
    UNSURE = "unsure"


class Verdict(StrEnum):
    COMPLIANT = "compliant"
    VIOLATION = "violation"
    UNSURE = "unsure"
    NO_FACE = "no_face"


JUDGED_LABELS = (Label.MASK, Label.NO_MASK, Label.INCORRECT)
FLAGGED_LABELS = (Label.NO_MASK, Label.INCORRECT)
# A class of the network only: a box that holds no face. No face ever carries it.
BACKGROUND = "background"


def verdict_of(labels: Iterable[Label]) -> Verdict:
    """The verdict of a photo from the labels of its faces. No face is a result of its own, never compliant."""
    seen = set(labels)
    if seen.intersection(FLAGGED_LABELS):
        return Verdict.VIOLATION
    if Label.UNSURE in seen:
        return Verdict.UNSURE
    return Verdict.COMPLIANT if seen else Verdict.NO_FACE


def summary_of(labels: Iterable[Label]) -> dict[str, int]:
    """How many faces carry each label; every label is present, in a fixed order."""
    counts = Counter(labels)
    return {label.value: counts[label] for label in Label}

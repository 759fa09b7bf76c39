"""A scanner that answers what a test tells it to, for tests that are not about judging."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from detection.vision.boxes import Box
from detection.vision.labels import Label, summary_of, verdict_of
from detection.vision.scan import ScannedFace, ScannedPhoto

Answer = ScannedPhoto | Exception


def scanned(*labels: str, left: int = 10, score: float = 0.9, judged_by: str = "classifier") -> ScannedPhoto:
    """What a scan of a picture with so many faces answers; the boxes stand side by side from `left` on."""
    known = [Label(label) for label in labels]
    faces = [scanned_face(label, left + 60 * number, score, judged_by) for number, label in enumerate(known)]
    return ScannedPhoto(320, 240, verdict_of(known), summary_of(known), faces)


def scanned_face(label: Label, left: int, score: float, judged_by: str) -> ScannedFace:
    return ScannedFace(
        box=Box(left, 20, 50, 60),
        label=label,
        score=score,
        scores={"mask": score, "no_mask": 1 - score, "incorrect": 0.0},
        finder="stand-in",
        finder_score=1.0,
        judged_by=judged_by,
        crop=np.full((64, 64, 3), 128, np.uint8),
    )


class StandInScanner:
    """Answers each picture alike, or what `answer` makes of its bytes; an exception for one is its result."""

    def __init__(self, answer: Answer | Callable[[Any], Answer]) -> None:
        self.answer = answer
        self.seen: list[int] = []

    def scan(self, sources: Sequence[Any]) -> list[Answer]:
        """`seen` gets the size of each chunk."""
        self.seen.append(len(sources))
        return [self.answer(source) if callable(self.answer) else self.answer for source in sources]

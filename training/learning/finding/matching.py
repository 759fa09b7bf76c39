"""Which found boxes are which labelled faces, and how good a finder is over many photos."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detection.vision.boxes import ious

MATCH_IOU = 0.4
NO_FACE, NEUTRAL = -1, -2
# Boxes of unlabelled faces were drawn by eye: a found one counts as on such a face if it overlaps this much, or if
# most of it lies inside.
NEUTRAL_IOU, NEUTRAL_INSIDE = 0.25, 0.6


@dataclass(frozen=True, slots=True)
class PhotoFound:
    """One photo: found boxes (n, 4) with scores (n,), faces (m, 4), and faces that count neither way (k, 4); all boxes
    as x, y, width, height in pixels."""

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    faces: NDArray[np.float64]
    neutral: NDArray[np.float64]


def matched(photo: PhotoFound, iou: float = MATCH_IOU) -> NDArray[np.int64]:
    """For each found box the place of the face it finds, NO_FACE, or NEUTRAL. The surest choose first; every face is
    found once."""
    result = np.full(len(photo.boxes), NO_FACE, np.int64)
    overlaps = ious(photo.boxes, photo.faces)
    free = np.ones(len(photo.faces), bool)
    for at in np.argsort(-photo.scores, kind="stable"):
        fits = np.where(free, overlaps[at], -1.0)
        if len(fits) and fits.max() >= iou:
            result[at] = int(fits.argmax())
            free[result[at]] = False
    missed = result == NO_FACE
    if len(photo.neutral) and missed.any():
        near = ious(photo.boxes[missed], photo.neutral).max(axis=1) >= NEUTRAL_IOU
        inside = _shared(photo.boxes[missed], photo.neutral).max(axis=1) >= NEUTRAL_INSIDE
        result[np.flatnonzero(missed)[near | inside]] = NEUTRAL
    return result


def _shared(boxes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of each box that lies in each of the others."""
    ends = np.minimum(boxes[:, None, :2] + boxes[:, None, 2:], others[None, :, :2] + others[None, :, 2:])
    sides = np.maximum(ends - np.maximum(boxes[:, None, :2], others[None, :, :2]), 0)
    return np.asarray(sides.prod(-1) / np.maximum(boxes[:, 2:].prod(-1)[:, None], 1e-9))


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision and recall at every score of a box that counts, from the surest on."""

    scores: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]

    @property
    def average_precision(self) -> float:
        """Area under the curve with precision made to fall only (Everingham et al., PASCAL VOC, 2010)."""
        falling = np.maximum.accumulate(self.precision[::-1])[::-1]
        return float((falling * np.diff(self.recall, prepend=0.0)).sum())

    def recall_at_precision(self, precision: float) -> float:
        return float(self.recall[self.precision >= precision].max(initial=0.0))

    def threshold_for(self, precision: float) -> float:
        """The lowest score from which on precision holds; infinite when it never does."""
        return float(self.scores[self.precision >= precision].min(initial=np.inf))


def curve_of(photos: Sequence[PhotoFound], iou: float = MATCH_IOU) -> Curve:
    scores = np.concatenate([np.zeros(0), *(photo.scores for photo in photos)])
    matches = np.concatenate([np.zeros(0, np.int64), *(matched(photo, iou) for photo in photos)])
    counted = matches != NEUTRAL
    order = np.argsort(-scores[counted], kind="stable")
    right = (matches[counted][order] >= 0).astype(np.float64)
    found = right.cumsum()
    faces = max(sum(len(photo.faces) for photo in photos), 1)
    return Curve(scores[counted][order], found / np.arange(1, len(right) + 1), found / faces)

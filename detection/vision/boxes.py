"""Boxes on a picture, and which of them mean the same face."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Beyond either, two boxes are one person: no two labelled faces of `scenes_train` overlap as much.
SAME_PERSON_IOU, SAME_PERSON_INSIDE = 0.3, 0.5

AT_ONCE = 256  # boxes compared with all others in one step, which bounds the memory


class Box(NamedTuple):
    """A rectangle in pixels: the left upper corner, then the size."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height

    def overlap(self, other: "Box") -> int:
        """The pixels both boxes cover."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(width, 0) * max(height, 0)

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        common = self.overlap(other)
        union = self.area + other.area - common
        return common / union if union else 0.0

    def inside(self, other: "Box") -> float:
        """The part of the smaller of both boxes that the other one covers, 0 to 1."""
        smaller = min(self.area, other.area)
        return self.overlap(other) / smaller if smaller else 0.0

    def is_same_person(self, other: "Box") -> bool:
        """Whether both lie on one head: they overlap, or one lies in the other."""
        return self.iou(other) > SAME_PERSON_IOU or self.inside(other) > SAME_PERSON_INSIDE

    def scaled(self, across: float, down: float) -> "Box":
        """The same place on a picture so many times as wide and as high."""
        left, top = round(self.x * across), round(self.y * down)
        right, bottom = round((self.x + self.width) * across), round((self.y + self.height) * down)
        return Box(left, top, right - left, bottom - top)

    def clipped(self, width: int, height: int) -> "Box":
        """The part of the box that lies on a picture of this size; its area is 0 when there is none."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right, bottom = min(self.x + self.width, width), min(self.y + self.height, height)
        return Box(left, top, max(right - left, 0), max(bottom - top, 0))


class FoundBox(NamedTuple):
    """Where a finder saw a face; a higher `score` is surer, and only comparable within one finder.

    `trust` multiplies the odds that there is a face, before the classifier looks: 1 is a box like any other. `labels`:
    label -> probability, from finders that also judge. `enough`: whether the finder's word suffices where the
    classifier cannot tell faces from background. A box that is not `sure` is no face to the finder either; it only
    hints at where a closer look may find one.
    """

    box: Box
    score: float
    finder: str
    trust: float = 1.0
    labels: Mapping[str, float] | None = None
    sure: bool = True
    enough: bool = True


def merged_votes(votes: NDArray[np.float64], min_iou: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Windows that mean the same face, as one: `(boxes, votes)`, shapes (count, 4) and (count,), most votes first.

    The window that most of the others overlap by `min_iou` gathers them, their mean is the box; then the next one.
    """
    starts = range(0, len(votes), AT_ONCE)
    near = np.concatenate(
        [ious(votes[at : at + AT_ONCE], votes) >= min_iou for at in starts] or [np.zeros((0, 0), bool)]
    )
    friends, free = near.sum(axis=1), np.ones(len(votes), bool)
    boxes, counts = [], []
    while free.any():
        group = near[np.argmax(np.where(free, friends, -1))] & free
        boxes.append(votes[group].mean(axis=0))
        counts.append(np.count_nonzero(group))
        friends = friends - near[:, group].sum(axis=1)
        free &= ~group
    return np.array(boxes).reshape(-1, 4), np.array(counts, np.float64)


def ious(boxes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of each of the boxes, (count, 4), with each of the others: (count, count of others)."""
    one, other = boxes[:, None], others[None]
    ends = np.minimum(one[..., :2] + one[..., 2:], other[..., :2] + other[..., 2:])
    sides = np.maximum(ends - np.maximum(one[..., :2], other[..., :2]), 0)
    common = sides[..., 0] * sides[..., 1]
    union = one[..., 2] * one[..., 3] + other[..., 2] * other[..., 3] - common
    return np.asarray(common / np.maximum(union, 1e-9))

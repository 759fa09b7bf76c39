"""Boxes on a picture, and which of them mean the same face."""

from collections.abc import Sequence
from typing import NamedTuple


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

    def scaled(self, factor: float) -> "Box":
        """The same place on a picture `factor` times as large."""
        left, top = round(self.x * factor), round(self.y * factor)
        right, bottom = round((self.x + self.width) * factor), round((self.y + self.height) * factor)
        return Box(left, top, right - left, bottom - top)

    def clipped(self, width: int, height: int) -> "Box":
        """The part of the box that lies on a picture of this size; its area is 0 when there is none."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right, bottom = min(self.x + self.width, width), min(self.y + self.height, height)
        return Box(left, top, max(right - left, 0), max(bottom - top, 0))


class FoundBox(NamedTuple):
    """Where a finder saw a face; a higher `score` is surer, and only comparable within one finder."""

    box: Box
    score: float
    finder: str


def average_box(found: Sequence[FoundBox]) -> Box:
    """The mean of the boxes, each counting as much as its score."""
    weights = [max(item.score, 1e-6) for item in found]
    total = sum(weights)
    x, y, width, height = (
        sum(weight * item.box[side] for weight, item in zip(weights, found, strict=True)) / total for side in range(4)
    )
    return Box(round(x), round(y), round(width), round(height))


def merge(found: Sequence[FoundBox], min_iou: float) -> list[FoundBox]:
    """One box for each group that overlaps its best box by `min_iou`: the weighted mean, with the summed score."""
    waiting = sorted(found, key=lambda item: item.score, reverse=True)
    merged = []
    while waiting:
        best = waiting[0]
        group = [item for item in waiting if item is best or item.box.iou(best.box) >= min_iou]
        waiting = [item for item in waiting if not any(item is member for member in group)]
        merged.append(FoundBox(average_box(group), sum(item.score for item in group), best.finder))
    return sorted(merged, key=lambda item: item.score, reverse=True)

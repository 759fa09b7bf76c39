"""A picture with the boxes of its faces, as the finder learns from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detection.vision.crops import Pixels
from detection.vision.labels import JUDGED_LABELS
from detection.vision.spec import CROP_SCALE
from training.learning.samples import read_picture
from training.learning.scenes import Scene

CLASSES = tuple(label.value for label in JUDGED_LABELS)
# A face that nobody labelled, or that can hardly be seen: nothing is learned there, for it nor against it.
IGNORED = -1
FACE_ASPECT = 0.8  # width over height of a face's box, the median of the labelled ones

Boxes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Marked:
    """`pixels`: uint8 RGB (height, width, 3). `boxes`: float32 (count, 4), left, top, right, bottom in pixels.
    `labels`: int64 (count,), a place in CLASSES or IGNORED. `exact`: whether the box was drawn, not guessed."""

    pixels: Pixels
    boxes: Boxes
    labels: NDArray[np.int64]
    exact: NDArray[np.bool_]

    @classmethod
    def of(cls, pixels: Pixels, boxes: Sequence[Sequence[float]], labels: Sequence[int], *, exact: bool = True) -> Self:
        return cls(
            pixels,
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array(labels, np.int64).reshape(-1),
            np.full(len(labels), exact),
        )

    @property
    def sides(self) -> NDArray[np.float32]:
        """The longer side of each box."""
        return np.asarray((self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1, initial=0), np.float32)

    def of_label(self, label: int) -> NDArray[np.int64]:
        return np.flatnonzero(self.labels == label)


def marked_scene(scene: Scene) -> Marked:
    """A whole photo; its unlabelled faces are ignored ones. Boxes without any area are left out."""
    faces = [(box, CLASSES.index(label)) for box, label in scene.faces if label in CLASSES and min(box[2:]) > 0]
    faces += [(box, IGNORED) for box in scene.unlabelled]
    boxes = [(x, y, x + width, y + height) for (x, y, width, height), _ in faces]
    return Marked.of(read_picture(scene.path), boxes, [label for _, label in faces])


def marked_crop(pixels: Pixels, label: str) -> Marked:
    """The picture of one face, framed as for judging: where its box is can only be guessed from that."""
    height, width = pixels.shape[:2]
    high = max(height, width) / CROP_SCALE
    wide = high * FACE_ASPECT
    x, y = width / 2, height / 2
    box = (max(x - wide / 2, 0), max(y - high / 2, 0), min(x + wide / 2, width), min(y + high / 2, height))
    return Marked.of(pixels, [box], [CLASSES.index(label)], exact=False)


def joined(pixels: Pixels, parts: Sequence[Marked]) -> Marked:
    """The faces of all parts, on these pixels."""
    return Marked(
        pixels,
        np.concatenate([part.boxes for part in parts]).reshape(-1, 4),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.exact for part in parts]),
    )

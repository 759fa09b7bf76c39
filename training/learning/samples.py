"""One labelled face as training keeps it: its pixels with some room around them, and the part serving would show."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detection.vision.crops import Pixels, moved_inside, square_round
from detection.vision.spec import CROP_SCALE
from training.learning.errors import LearningError

# Pixels kept around a box, over its longer side: room for framing a face wider than serving does.
CONTEXT_SCALE = 2.3
MAX_CONTEXT_SIDE = 208
Frame = tuple[float, float, float, float]  # left, top, width, height in pixels of the sample


@dataclass(frozen=True, slots=True)
class Sample:
    """`pixels`: uint8 RGB (height, width, 3); `frame`: the part of them that serving cuts out and shows the network."""

    pixels: Pixels
    frame: Frame
    label: str
    source: str = ""
    group: str = ""

    @property
    def has_room(self) -> bool:
        """Whether there are real pixels around the frame, so that it can be framed wider."""
        height, width = self.pixels.shape[:2]
        return width * height > 1.5 * self.frame[2] * self.frame[3]


def read_picture(path: Path) -> Pixels:
    """An RGB picture; LearningError naming the file when it cannot be read."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise LearningError(f"{path} cannot be read ({error.strerror}): check the file.") from error
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    if pixels is None:
        raise LearningError(f"{path} is damaged or no picture: remove or replace it.")
    return np.asarray(pixels, np.uint8)


def whole_picture(pixels: Pixels, label: str, source: str = "", group: str = "") -> Sample:
    """A picture that is already the crop of one face."""
    small, factor = limited(pixels)
    height, width = pixels.shape[:2]
    return Sample(small, (0.0, 0.0, width * factor, height * factor), label, source, group)


def boxed(pixels: Pixels, box: Frame, label: str, source: str = "", group: str = "") -> Sample:
    """The face in a box (left, top, width, height) of a photo, framed as `detection.vision.crops.cut` does."""
    height, width = pixels.shape[:2]
    left, top, side = square_round(box, CROP_SCALE)
    left, top = moved_inside(left, side, width), moved_inside(top, side, height)
    x, y, room = square_round(box, CONTEXT_SCALE)
    x0, y0 = max(min(x, left), 0), max(min(y, top), 0)
    x1, y1 = min(max(x + room, left + side), width), min(max(y + room, top + side), height)
    context, factor = limited(pixels[y0:y1, x0:x1])
    frame = ((left - x0) * factor, (top - y0) * factor, side * factor, side * factor)
    return Sample(context, frame, label, source, group)


def limited(pixels: Pixels) -> tuple[Pixels, float]:
    """The pixels with at most MAX_CONTEXT_SIDE on the longer side, and the factor they were shrunk by."""
    factor = min(1.0, MAX_CONTEXT_SIDE / max(pixels.shape[:2]))
    if factor == 1.0:
        return np.ascontiguousarray(pixels), factor
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8), factor


def share_of(group: str) -> float:
    """A number in [0, 1) that depends on the group's name alone: the same photo always falls on the same side."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:6], "big") / 2**48


def is_held_out(group: str, share: float = 0.1) -> bool:
    """Whether the pictures of this photo are for validation."""
    return share_of(group) < share

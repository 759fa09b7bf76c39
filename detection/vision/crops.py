"""From a box round a face to the square picture the network sees: one function for training and serving."""

import cv2
import numpy as np
from numpy.typing import NDArray

from detection.vision.spec import CROP_SCALE

Pixels = NDArray[np.uint8]


def square_round(box: tuple[float, float, float, float], scale: float = CROP_SCALE) -> tuple[int, int, int]:
    """`(left, top, side)` in pixels of the square round the centre of box `(x, y, width, height)`."""
    x, y, width, height = box
    side = max(1, round(scale * max(width, height)))
    return round(x + (width - side) / 2), round(y + (height - side) / 2), side


def moved_inside(start: int, side: int, length: int) -> int:
    """Where the square starts when it is moved into a picture of that length; centred when it does not fit."""
    if side >= length:
        return (length - side) // 2
    return min(max(start, 0), length - side)


def cut(pixels: Pixels, box: tuple[float, float, float, float], size: int, scale: float = CROP_SCALE) -> Pixels:
    """The face in `box` (x, y, width, height in pixels) as uint8 RGB of shape (size, size, 3).

    The square is moved into the picture where it sticks out; what still sticks out (the picture is smaller than the
    square) repeats the edge. Shrinking averages areas; enlarging interpolates linearly.
    """
    height, width = pixels.shape[:2]
    left, top, side = square_round(box, scale)
    left, top = moved_inside(left, side, width), moved_inside(top, side, height)
    inside = pixels[max(top, 0) : min(top + side, height), max(left, 0) : min(left + side, width)]
    if inside.shape[:2] != (side, side):
        above, before = max(-top, 0), max(-left, 0)
        below, after = side - inside.shape[0] - above, side - inside.shape[1] - before
        padded = cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE)
        inside = np.asarray(padded, np.uint8)
    return resized(inside, size)


def resized(pixels: Pixels, size: int) -> Pixels:
    """Any picture as (size, size, 3), stretched when it is not square; uint8 RGB in and out."""
    height, width = pixels.shape[:2]
    if (height, width) == (size, size):
        return np.ascontiguousarray(pixels)
    how = cv2.INTER_AREA if max(height, width) > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (size, size), interpolation=how), np.uint8)

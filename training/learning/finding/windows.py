"""Cutting training pictures out of photos: a window of the photo, larger or smaller, a little turned."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from training.learning.finding.marked import IGNORED, Boxes, Marked

LEAST_VISIBLE = 0.4  # of a face's area: with less, it is neither face nor background
LEAST_SIDE = 5.0  # pixels of the window: smaller faces are ignored
MOST_TURN = 10.0  # degrees


def window(photo: Marked, size: int, scale: float, corner: tuple[float, float], turn: float = 0.0) -> Marked:
    """The part of the photo, `scale` times as large, whose left upper corner is at `corner` (x, y) in pixels of the
    photo, turned by `turn` degrees round the window's middle; `size` x `size`, grey where the photo ends."""
    cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    middle = np.array(corner) + size / 2 / scale
    matrix[:, 2] = size / 2 - matrix[:, :2] @ middle
    how = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    pixels = photo.pixels
    if scale < 0.6:  # warpAffine only looks at four neighbours: shrink by averaging first
        smaller = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how)
        across = np.array([pixels.shape[1] / smaller.shape[1], pixels.shape[0] / smaller.shape[0]])
        warp, pixels = np.hstack([matrix[:, :2] * across, matrix[:, 2:]]), np.asarray(smaller, np.uint8)
    else:
        warp = matrix.copy()
    warp[:, 2] += warp[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from a pixel's middle, boxes from its edge
    drawn = cv2.warpAffine(
        pixels, warp, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(114, 114, 114)
    )
    return clipped(Marked(np.asarray(drawn, np.uint8), moved(photo.boxes, matrix, scale), photo.labels, photo.exact))


def moved(boxes: Boxes, matrix: NDArray[np.float64], scale: float) -> Boxes:
    """Each box round its moved middle, as large as before times `scale`: a face turned a little keeps its size."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    halves = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    return np.asarray(np.hstack([middles - halves, middles + halves]), np.float32)


def clipped(marked: Marked) -> Marked:
    """Boxes inside the picture only; those hardly visible or tiny become ignored, those outside go."""
    height, width = marked.pixels.shape[:2]
    boxes = marked.boxes.copy()
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, width)
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, height)
    sides = boxes[:, 2:] - boxes[:, :2]
    seen = sides.prod(axis=1)
    doubtful = (seen < LEAST_VISIBLE * areas) | (sides.min(axis=1, initial=np.inf) < LEAST_SIDE)
    labels = np.where(doubtful, IGNORED, marked.labels)
    inside = seen > 1
    return Marked(marked.pixels, boxes[inside], labels[inside], marked.exact[inside])


def mirrored(marked: Marked) -> Marked:
    width = marked.pixels.shape[1]
    boxes = marked.boxes.copy()
    boxes[:, [0, 2]] = width - marked.boxes[:, [2, 0]]
    return Marked(np.ascontiguousarray(marked.pixels[:, ::-1]), boxes, marked.labels, marked.exact)

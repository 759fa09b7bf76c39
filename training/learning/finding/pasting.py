"""More faces on a picture: patches of other photos pasted where no face is (Ghiasi et al., "Simple Copy-Paste is a
Strong Data Augmentation Method for Instance Segmentation", CVPR 2021), and pictures put together from four."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from detection.vision.crops import Pixels
from training.learning.finding.marked import Marked, joined
from training.learning.finding.windows import clipped

NARROWEST, WIDEST = 1.15, 1.8  # of the face's longer side: what is pasted of its surroundings
TRIES = 6


def patch_of(photo: Marked, face: int, side: float, random: np.random.Generator) -> Marked:
    """A face with some of what is around it, neighbours too, the longer side of its box `side` pixels long."""
    left, top, right, bottom = photo.boxes[face]
    room = random.uniform(NARROWEST, WIDEST) * max(right - left, bottom - top)
    x, y = (left + right) / 2, (top + bottom) / 2
    height, width = photo.pixels.shape[:2]
    x0, y0 = max(int(x - room / 2), 0), max(int(y - room / 2), 0)
    x1, y1 = min(math.ceil(x + room / 2), width), min(math.ceil(y + room / 2), height)
    scale = side / max(right - left, bottom - top)
    size = (max(round((x1 - x0) * scale), 4), max(round((y1 - y0) * scale), 4))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pixels = np.asarray(cv2.resize(photo.pixels[y0:y1, x0:x1], size, interpolation=how), np.uint8)
    across = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)] * 2, np.float32)
    boxes = np.asarray((photo.boxes - (x0, y0, x0, y0)) * across, np.float32)
    return clipped(Marked(pixels, boxes, photo.labels, photo.exact))


def pasted(marked: Marked, patch: Marked, random: np.random.Generator) -> Marked:
    """The patch somewhere on the picture where it touches no face; the picture as it was without such a place."""
    height, width = marked.pixels.shape[:2]
    high, wide = patch.pixels.shape[:2]
    if high >= height or wide >= width:
        return marked
    for _ in range(TRIES):
        x, y = int(random.integers(0, width - wide)), int(random.integers(0, height - high))
        place = np.array([x, y, x + wide, y + high])
        common = np.minimum(marked.boxes[:, 2:], place[2:]) - np.maximum(marked.boxes[:, :2], place[:2])
        if not (common > 0).all(axis=1).any():
            pixels = marked.pixels.copy()
            pixels[y : y + high, x : x + wide] = blended(pixels[y : y + high, x : x + wide], patch.pixels)
            moved = Marked(pixels, patch.boxes + np.array([x, y, x, y], np.float32), patch.labels, patch.exact)
            return joined(pixels, [marked, moved])
    return marked


def blended(below: Pixels, patch: Pixels) -> Pixels:
    """The patch with soft edges, so that a straight edge does not give the paste away."""
    height, width = patch.shape[:2]
    edge = max(2.0, 0.08 * min(height, width))
    rows, columns = (np.minimum(np.arange(side) + 1, side - np.arange(side)) / edge for side in (height, width))
    share = np.minimum(np.minimum(rows[:, None], columns[None]), 1.0)[..., None]
    return np.asarray(patch * share + below * (1 - share), np.uint8)


def mosaic(parts: Sequence[Marked], size: int, random: np.random.Generator) -> Marked:
    """Four pictures of `size` x `size` round a point (Bochkovskiy et al., "YOLOv4", 2020), each cut off there."""
    x, y = (int(size * random.uniform(0.3, 0.7)) for _ in range(2))
    pixels = np.empty((size, size, 3), np.uint8)
    quarters = []
    for part, (left, top) in zip(parts, ((0, 0), (x, 0), (0, y), (x, y)), strict=True):
        wide, high = (x if left == 0 else size - x), (y if top == 0 else size - y)
        from_x, from_y = ((size - side) // 2 for side in (wide, high))
        cut = part.pixels[from_y : from_y + high, from_x : from_x + wide]
        pixels[top : top + high, left : left + wide] = cut
        boxes = part.boxes - np.array([from_x, from_y] * 2, np.float32)
        quarter = clipped(Marked(cut, boxes, part.labels, part.exact))
        offset = np.array([left, top] * 2, np.float32)
        quarters.append(Marked(cut, quarter.boxes + offset, quarter.labels, quarter.exact))
    return joined(pixels, quarters)

"""Drawn pictures for tests of the finder's training: every face is a rectangle of its label's colour on grey."""

from collections.abc import Sequence

import numpy as np

from training.learning.finding.marked import IGNORED, Marked

COLOURS = ((0, 0, 255), (255, 0, 0), (0, 255, 0))  # mask, no_mask, incorrect
BACKGROUND = 90
Face = tuple[int, int, int, int, int]  # left, top, right, bottom, label


def draw(width: int, height: int, *faces: Face) -> Marked:
    """An ignored face is white."""
    pixels = np.full((height, width, 3), BACKGROUND, np.uint8)
    for left, top, right, bottom, label in faces:
        pixels[top:bottom, left:right] = (255, 255, 255) if label == IGNORED else COLOURS[label]
    return Marked.of(pixels, [face[:4] for face in faces], [face[4] for face in faces])


def coloured(pixels: np.ndarray, label: int) -> np.ndarray:
    """Where the picture has that label's colour, half mixed at most; (height, width) of bool."""
    wanted = np.array(COLOURS[label], np.int64)
    return np.abs(pixels.astype(np.int64) - wanted).max(axis=2) < 110


def bounds(pixels: np.ndarray, label: int) -> list[int]:
    """Left, top, right, bottom of the pixels of that colour."""
    rows, columns = np.nonzero(coloured(pixels, label))
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


def covered_part(marked: Marked, face: int) -> float:
    """The part of a face's box that has its label's colour."""
    left, top, right, bottom = (round(float(side)) for side in marked.boxes[face])
    inside = coloured(marked.pixels[max(top, 0) : bottom, max(left, 0) : right], int(marked.labels[face]))
    return float(inside.mean()) if inside.size else 0.0


def colour_outside(marked: Marked, labels: Sequence[int] = (0, 1, 2)) -> int:
    """Pixels of a face's colour that lie in no box, one pixel aside."""
    left_over = np.zeros(marked.pixels.shape[:2], bool)
    for label in labels:
        left_over |= coloured(marked.pixels, label)
    for left, top, right, bottom in marked.boxes:
        rows, columns = (slice(max(int(low) - 1, 0), int(high) + 3) for low, high in ((top, bottom), (left, right)))
        left_over[rows, columns] = False
    return int(left_over.sum())

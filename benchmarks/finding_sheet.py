"""Contact sheets of what a finder missed and of its boxes without a face, to look at and learn from."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.learning.finding.matching import NO_FACE, matched
from training.learning.finding.measure import Seen, Unlabelled, as_found
from training.learning.samples import read_picture

SIDE, ACROSS, MOST = 160, 8, 96
ROOM = 1.2  # of the box's longer side, on each side of it
Pixels = NDArray[np.uint8]


def save_sheets(seen: Mapping[str, Sequence[Seen]], known: Unlabelled, folder: Path) -> None:
    for name, photos in seen.items():
        write(missed(photos, known), folder / f"{name}-missed.png")
        write(wrong(photos, known), folder / f"{name}-wrong.png")
        write(mislabelled(photos, known), folder / f"{name}-wrong-label.png")


def missed(photos: Sequence[Seen], known: Unlabelled) -> Iterator[Pixels]:
    for one in photos:
        found = set(matched(as_found(one, known)).tolist())
        for place, (box, label) in enumerate(one.scene.faces):
            if place not in found:
                yield cell(one.scene.path, box, f"{one.scene.path.stem} {label}")


def wrong(photos: Sequence[Seen], known: Unlabelled) -> Iterator[Pixels]:
    for one in photos:
        for at, match in enumerate(matched(as_found(one, known))):
            if match == NO_FACE:
                yield cell(one.scene.path, one.boxes[at], f"{one.scene.path.stem} {one.scores[at]:.2f}")


def mislabelled(photos: Sequence[Seen], known: Unlabelled) -> Iterator[Pixels]:
    for one in photos:
        for at, match in enumerate(matched(as_found(one, known))):
            if match >= 0 and one.scene.faces[match][1] != one.labels[at]:
                yield cell(one.scene.path, one.boxes[at], f"{one.scene.faces[match][1]}: {one.labels[at]}")


def cell(path: Path, box: Sequence[float] | NDArray[np.float64], text: str) -> Pixels:
    """The box with what is around it, and a line of text below."""
    pixels = read_picture(path)
    x, y, width, height = map(float, box)
    room = ROOM * max(width, height)
    x0, y0 = (int(value - room + size / 2) for value, size in ((x, width), (y, height)))
    side = max(int(2 * room), 8)
    padded = cv2.copyMakeBorder(pixels, side, side, side, side, cv2.BORDER_CONSTANT, value=(80, 80, 80))
    part = padded[y0 + side : y0 + 2 * side, x0 + side : x0 + 2 * side]
    scale = SIDE / side
    shown = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    corner = (round((x - x0) * scale), round((y - y0) * scale))
    cv2.rectangle(shown, (*corner, round(width * scale), round(height * scale)), (0, 255, 0), 1)
    below = np.full((20, SIDE, 3), 255, np.uint8)
    cv2.putText(below, text[-24:], (2, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([np.asarray(shown, np.uint8), below])


def write(cells: Iterator[Pixels], path: Path) -> None:
    shown = [cell for cell, _ in zip(cells, range(MOST), strict=False)]
    if not shown:
        path.unlink(missing_ok=True)
        return
    shown += [np.full_like(shown[0], 255)] * (-len(shown) % ACROSS)
    rows = [np.hstack(shown[at : at + ACROSS]) for at in range(0, len(shown), ACROSS)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))

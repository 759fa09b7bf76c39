"""Faces found with OpenCV's bundled Haar cascades: nothing to download, quick on a CPU.

Source: Viola and Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features" (CVPR 2001);
cascade files by Rainer Lienhart, shipped with OpenCV.
"""

from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detection.vision.boxes import Box, FoundBox, merge
from detection.vision.errors import FinderError

Pixels = NDArray[np.uint8]


class Cascade(NamedTuple):
    file: str
    mirrored: bool = False
    trust: float = 1.0  # what one of its votes is worth beside the others'


CASCADES = (
    Cascade("haarcascade_frontalface_default.xml"),
    Cascade("haarcascade_frontalface_alt2.xml"),
    Cascade("haarcascade_profileface.xml"),
    Cascade("haarcascade_profileface.xml", mirrored=True),
)
WORKING_SIDE = 640
SMALLEST_FACE = 20  # pixels of the working picture
SCALE_STEP = 1.1
# OpenCV's default of 3 loses masked faces, which fewer windows agree on; false boxes are the classifier's to reject.
MIN_NEIGHBOURS = 2
SAME_FACE_IOU = 0.4
MOST_BOXES = 60


class HaarFinder:
    """Several cascades on one bounded working size, their boxes merged.

    One finder must not be used by two threads at once: OpenCV's cascades keep state while they search.
    """

    name = "haar"

    def __init__(self, working_side: int = WORKING_SIDE) -> None:
        self.working_side = working_side
        self._cascades = [(cascade, load(cascade.file)) for cascade in CASCADES]

    def find(self, pixels: Pixels) -> list[FoundBox]:
        """Boxes in pixels of the picture given, uint8 (height, width, 3) RGB; the surest first, at most MOST_BOXES."""
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        height, width = grey.shape
        scale = min(self.working_side / max(height, width), 1.0)
        if scale < 1:
            size = (max(round(width * scale), 1), max(round(height * scale), 1))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        votes = [vote for cascade, detector in self._cascades for vote in self._search(cascade, detector, grey)]
        best = merge(votes, SAME_FACE_IOU)[:MOST_BOXES]
        return [self._on_original(found, 1 / scale, width, height) for found in best]

    def _search(self, cascade: Cascade, detector: Any, grey: NDArray[Any]) -> list[FoundBox]:
        searched = np.ascontiguousarray(grey[:, ::-1]) if cascade.mirrored else grey
        boxes, neighbours = detector.detectMultiScale2(
            searched,
            scaleFactor=SCALE_STEP,
            minNeighbors=MIN_NEIGHBOURS,
            minSize=(SMALLEST_FACE, SMALLEST_FACE),
        )
        found = []
        for (x, y, width, height), votes in zip(boxes, neighbours, strict=True):
            left = grey.shape[1] - x - width if cascade.mirrored else x
            box = Box(int(left), int(y), int(width), int(height))
            found.append(FoundBox(box, float(votes) * cascade.trust, self.name))
        return found

    def _on_original(self, found: FoundBox, scale: float, width: int, height: int) -> FoundBox:
        return found._replace(box=found.box.scaled(scale).clipped(width, height))


def load(file: str) -> Any:
    path = Path(cv2.__file__).parent / "data" / file
    if not path.is_file():
        raise FinderError(
            "missing",
            f"OpenCV's face cascade {file} is not installed. Install opencv-python-headless 4 (5 has none).",
        )
    detector = cv2.CascadeClassifier(str(path))
    if detector.empty():
        raise FinderError("wrong_format", f"OpenCV cannot read its face cascade {path}. Install it again.")
    return detector

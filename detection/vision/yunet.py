"""Faces found with YuNet, a small neural network, for whoever supplies its ONNX file.

Source: Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector" (Machine Intelligence Research, 2023).
"""

import hmac
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detection.vision.boxes import Box, FoundBox
from detection.vision.errors import FinderError
from detection.vision.spec import file_sha256

WORKING_SIDE = 1024
SCORE_THRESHOLD = 0.5
NMS_THRESHOLD = 0.3
MOST_BOXES = 200


class YuNetFinder:
    """OpenCV's FaceDetectorYN on a bounded working size. One finder must not be used by two threads at once."""

    name = "yunet"

    def __init__(self, path: Path | None, sha256: str, working_side: int = WORKING_SIDE) -> None:
        self.working_side = working_side
        self._detector = load(checked(path, sha256))

    def find(self, pixels: NDArray[np.uint8]) -> list[FoundBox]:
        """Boxes in pixels of the picture given, uint8 (height, width, 3) RGB; scores 0 to 1, the surest first."""
        height, width = pixels.shape[:2]
        scale = min(self.working_side / max(height, width), 1.0)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
        self._detector.setInputSize(size)
        _, rows = self._detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        found = [self._found(row, scale, width, height) for row in ([] if rows is None else rows)]
        return sorted((item for item in found if item.box.area), key=lambda item: item.score, reverse=True)

    def _found(self, row: Any, scale: float, width: int, height: int) -> FoundBox:
        """`row`: x, y, width and height, ten landmark coordinates, score."""
        left, top, right, bottom = row[0], row[1], row[0] + row[2], row[1] + row[3]
        x, y = round(left / scale), round(top / scale)
        box = Box(x, y, round(right / scale) - x, round(bottom / scale) - y)
        return FoundBox(box.clipped(width, height), float(row[-1]), self.name)


def checked(path: Path | None, sha256: str) -> Path:
    """The path, when a file of that sha256 lies there."""
    if path is None or not path.is_file():
        where = f"at {path}" if path else "set"
        raise FinderError(
            "missing",
            f"The yunet face finder needs its ONNX file, and none is {where}. "
            "Supply the file's path and sha256, or use the finder haar.",
        )
    if not sha256:
        raise FinderError("wrong_hash", f"The sha256 of {path} is not set. Supply it, or use the finder haar.")
    found = file_sha256(path)
    if not hmac.compare_digest(found, sha256.strip().lower()):
        raise FinderError(
            "wrong_hash",
            f"{path} is not the expected file: its sha256 is {found}, expected {sha256.strip().lower()}. "
            "Supply the right file, or its sha256.",
        )
    return path


def load(path: Path) -> Any:
    try:
        return cv2.FaceDetectorYN.create(str(path), "", (320, 320), SCORE_THRESHOLD, NMS_THRESHOLD, MOST_BOXES)
    except cv2.error as error:
        raise FinderError(
            "wrong_format", f"OpenCV cannot read {path} as a YuNet model. Supply another ONNX file."
        ) from error

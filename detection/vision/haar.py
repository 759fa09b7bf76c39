"""Faces found with OpenCV's bundled Haar cascades: nothing to download, quick on a CPU.

A cascade says no in stages; masked faces mostly fail the last few. So the last stages are left out here, every
window that passes counts as a vote, and what is no face is left to the classifier to reject. docs/vision.md has
the measurements behind each number.

Source: Viola and Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features" (CVPR 2001);
cascade files by Rainer Lienhart (frontal) and David Bradley (profile), shipped with OpenCV.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from detection.vision.boxes import Box, FoundBox, merged_votes
from detection.vision.errors import FinderError

Pixels = NDArray[np.uint8]
Votes = NDArray[np.float64]  # (count, 4): x, y, width, height


class Cascade(NamedTuple):
    """One search: a cascade without its last stages, over a picture of this longest side, in steps of this scale."""

    file: str
    left_out: int
    side: int
    step: float
    mirrored: bool = False


FRONTAL, PROFILE = "haarcascade_frontalface_default.xml", "haarcascade_profileface.xml"
CASCADES = (
    Cascade(FRONTAL, left_out=6, side=480, step=1.2),
    Cascade(PROFILE, left_out=6, side=320, step=1.25),
    Cascade(PROFILE, left_out=6, side=320, step=1.25, mirrored=True),
)
SMALLEST_FACE = 20  # pixels of the picture searched
SAME_FACE_IOU = 0.4
# OpenCV's boxes are wider than the face and sit a little high.
SHRINK, LOWER = 0.9, 0.05
MOST_BOXES = 100  # with two votes or more
MOST_WITH_ONE_VOTE = 20
# Every vote makes a face likelier: about 1 in 40 boxes with one vote holds a face, 8 in 9 with ten or more.
TRUSTED_VOTES = 10


class HaarFinder:
    """Several cascades on small copies of the picture, their votes merged.

    One finder must not be used by two threads at once: OpenCV's cascades keep state while they search.
    """

    name = "haar"

    def __init__(self, cascades: tuple[Cascade, ...] = CASCADES) -> None:
        self._cascades = [(cascade, load(cascade.file, cascade.left_out)) for cascade in cascades]

    def find(self, pixels: Pixels) -> list[FoundBox]:
        """Boxes in pixels of the picture given, uint8 (height, width, 3) RGB; `score` is the number of votes.

        The surest first; boxes with a single vote only as far as there are few others.
        """
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        votes = np.concatenate([search(cascade, detector, grey) for cascade, detector in self._cascades])
        boxes, counts = merged_votes(votes, SAME_FACE_IOU)
        height, width = grey.shape
        found = [
            FoundBox(box, float(count), self.name, float(count) / TRUSTED_VOTES)
            for vote, count in zip(boxes, counts, strict=True)
            if (box := on_face(vote).clipped(width, height)).area
        ]
        return worth_judging(found)


def worth_judging(found: list[FoundBox]) -> list[FoundBox]:
    """Of boxes sorted by votes: one on a head that is almost surely one; the least sure only while there are few."""
    kept: list[FoundBox] = []
    for item in found:
        most = MOST_BOXES if item.score > 1 else MOST_WITH_ONE_VOTE
        if len(kept) >= most:
            break
        if not any(sure.trust >= 1 and sure.box.is_same_person(item.box) for sure in kept):
            kept.append(item)
    return kept


def search(cascade: Cascade, detector: Any, grey: NDArray[Any]) -> Votes:
    """Every window that passes the cascade, in pixels of the picture given."""
    height, width = grey.shape
    scale = min(cascade.side / max(height, width), 1.0)
    if scale < 1:
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    if cascade.mirrored:
        grey = cv2.flip(grey, 1)
    windows = detector.detectMultiScale(
        grey, scaleFactor=cascade.step, minNeighbors=0, minSize=(SMALLEST_FACE, SMALLEST_FACE)
    )
    votes = np.array(windows, np.float64).reshape(-1, 4)
    votes = votes[np.lexsort(votes.T)]  # OpenCV's threads answer in another order each time
    if cascade.mirrored:
        votes[:, 0] = grey.shape[1] - votes[:, 0] - votes[:, 2]
    return votes / scale


def on_face(vote: Votes) -> Box:
    """The face inside a cascade's window."""
    x, y, width, height = map(float, vote)
    margin = (1 - SHRINK) / 2
    left, top = x + margin * width, y + (margin + LOWER) * height
    return Box(round(left), round(top), round(SHRINK * width), round(SHRINK * height))


def load(file: str, left_out: int) -> Any:
    """The cascade without its last stages. FinderError when OpenCV lacks it or cannot read it."""
    path = Path(cv2.__file__).parent / "data" / file
    try:
        text = shortened(path.read_text(encoding="utf-8"), left_out)
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        detector = cv2.CascadeClassifier()
        usable = detector.read(storage.getFirstTopLevelNode())
    except OSError as error:
        detail = f"OpenCV's face cascade {file} is missing. Install opencv-python-headless 4; version 5 has none."
        raise FinderError("missing", detail) from error
    except (cv2.error, ValueError) as error:
        raise unreadable(path) from error
    if not usable:
        raise unreadable(path)
    return detector


def shortened(text: str, left_out: int) -> str:
    """A cascade's XML without its last stages; ValueError when it has no stages like that."""
    start, end = text.index("<stages>") + len("<stages>"), text.index("</stages>")
    stages = re.split(r"(?=<_>\s*<maxWeakCount>)", text[start:end])
    count = len(stages) - 1  # the first part is the space before the first stage
    if not 0 <= left_out < count:
        raise ValueError(f"{left_out} of {count} stages cannot be left out")
    head = re.sub(r"<stageNum>\d+</stageNum>", f"<stageNum>{count - left_out}</stageNum>", text[:start])
    return head + "".join(stages[: count - left_out + 1]) + text[end:]


def unreadable(path: Path) -> FinderError:
    return FinderError("wrong_format", f"OpenCV cannot read its face cascade {path}. Install it again.")

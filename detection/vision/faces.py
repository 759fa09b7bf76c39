"""Finding faces: what a finder is, and the finders there are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from detection.vision.boxes import Box, FoundBox
from detection.vision.closer import CLOSER_PIXELS
from detection.vision.errors import FinderError
from detection.vision.haar import HaarFinder, Pixels
from detection.vision.yunet import YuNetFinder

__all__ = [
    "FINDERS",
    "Box",
    "CloserFinder",
    "FaceFinder",
    "FoundBox",
    "HaarFinder",
    "JudgingFinder",
    "YuNetFinder",
    "make_finder",
]

FINDERS = ("ssd", "haar", "yunet")


class FaceFinder(Protocol):
    """Finds faces on a picture; one finder serves one thread at a time."""

    name: str

    def find(self, pixels: Pixels) -> list[FoundBox]:
        """The faces on a uint8 (height, width, 3) RGB picture, boxes in its pixels, the surest first."""


@runtime_checkable
class CloserFinder(Protocol):
    """A finder that may want to see the photo larger, for small faces."""

    def closer_side(self, found: Sequence[FoundBox], pixels: Pixels, photo: tuple[int, int]) -> int:
        """The longest side at which to look again, 0 for not at all; `photo`: width and height in full."""

    def find_closely(self, pixels: Pixels, side: int, known: Sequence[FoundBox]) -> list[FoundBox]:
        """The known faces, in pixels of this picture, and those found with that many pixels on the longer side."""


@runtime_checkable
class JudgingFinder(Protocol):
    """A finder that has a word on labels, too: whose counts ("classifier", "finder" or "both"), and from what
    probability of the best label on; `FoundBox.labels` is its own word."""

    @property
    def judged_by(self) -> str: ...
    @property
    def unsure_below(self) -> float: ...


def make_finder(
    name: str,
    *,
    finder_weights: Path | None = None,
    finder_sha256: str | None = None,
    yunet_file: str = "",
    yunet_sha256: str = "",
    device: str = "auto",
    closer_pixels: int = CLOSER_PIXELS,
) -> FaceFinder:
    """The finder of that name. FinderError when there is none, or when its file is missing or not the right one;
    WeightsError for the weights of `ssd`, which are the shipped ones unless given."""
    if name == "ssd":
        from detection.vision.ssd import SsdFinder  # loads torch, which takes seconds and 200 MB

        return SsdFinder.from_file(finder_weights, finder_sha256, device, closer_pixels)
    if name == "haar":
        return HaarFinder()
    if name == "yunet":
        return YuNetFinder(Path(yunet_file) if yunet_file else None, yunet_sha256)
    raise FinderError(
        "unknown_finder", f'There is no face finder called "{name}". Choose one of: {", ".join(FINDERS)}.'
    )

"""Finding faces: what a finder is, and the finders there are."""

from pathlib import Path
from typing import Protocol

from detection.vision.boxes import Box, FoundBox
from detection.vision.errors import FinderError
from detection.vision.haar import HaarFinder, Pixels
from detection.vision.yunet import YuNetFinder

__all__ = ["FINDERS", "Box", "FaceFinder", "FoundBox", "HaarFinder", "YuNetFinder", "make_finder"]

FINDERS = ("haar", "yunet")


class FaceFinder(Protocol):
    """Finds faces on a picture; one finder serves one thread at a time."""

    name: str

    def find(self, pixels: Pixels) -> list[FoundBox]:
        """The faces on a uint8 (height, width, 3) RGB picture, boxes in its pixels, the surest first."""


def make_finder(name: str, *, yunet_file: str = "", yunet_sha256: str = "") -> FaceFinder:
    """The finder of that name. FinderError when there is none, or when its file is missing or not the right one."""
    if name == "haar":
        return HaarFinder()
    if name == "yunet":
        return YuNetFinder(Path(yunet_file) if yunet_file else None, yunet_sha256)
    raise FinderError(
        "unknown_finder", f'There is no face finder called "{name}". Choose one of: {", ".join(FINDERS)}.'
    )

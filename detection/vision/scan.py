"""The whole way of a photo: open it, find faces, judge them all at once, tell the verdict.

Importing this module loads no torch; `make_scanner` does.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from detection.vision.boxes import Box, FoundBox
from detection.vision.closer import CLOSER_PIXELS
from detection.vision.crops import cut, square_round
from detection.vision.errors import PhotoError
from detection.vision.faces import CloserFinder, FaceFinder, JudgingFinder, make_finder
from detection.vision.images import Limits, Opened, Source, open_photo
from detection.vision.labels import BACKGROUND, Label, Verdict, summary_of, verdict_of
from detection.vision.spec import ModelSpec

if TYPE_CHECKING:
    from detection.vision.classifier import Judgement

Pixels = NDArray[np.uint8]
logger = logging.getLogger(__name__)

WORKING_SIDE = 1280
LOOK_SIDE = 224  # crops for people to look at are at most this large


class Judge(Protocol):
    """What a scanner needs of a classifier; see `detection.vision.classifier.Classifier`."""

    spec: ModelSpec

    def judge(self, crops: Sequence[Pixels]) -> "list[Judgement]": ...


@dataclass(frozen=True)
class ScannedFace:
    """`box`: pixels of the full upright picture. `crop`: uint8 RGB square for people to look at. `judged_by`: whose
    word label and scores are, "classifier", "finder" or "both"."""

    box: Box
    label: Label
    score: float
    scores: dict[str, float]
    finder: str
    finder_score: float
    crop: Pixels = field(repr=False, compare=False)
    judged_by: str = "classifier"


@dataclass(frozen=True)
class ScannedPhoto:
    """What a photo shows. `faces` stand from left to right; `summary` counts them by label."""

    width: int
    height: int
    verdict: Verdict
    summary: dict[str, int]
    faces: list[ScannedFace]


@dataclass(frozen=True)
class Candidate:
    """A box that may hold a face, with what is needed of the photo once its pixels are gone."""

    found: FoundBox
    box: Box
    crop: Pixels  # for the network
    look: Pixels


@dataclass(frozen=True)
class Searched:
    width: int
    height: int
    candidates: list[Candidate]


class Scanner:
    """A finder, a classifier and the settings of both. Not for two threads at once."""

    def __init__(
        self,
        finder: FaceFinder,
        classifier: Judge,
        limits: Limits | None = None,
        working_side: int = WORKING_SIDE,
    ) -> None:
        self.finder = finder
        self.classifier = classifier
        self.limits = limits or Limits()
        self.working_side = working_side

    def scan(self, sources: Sequence[Source]) -> list[ScannedPhoto | PhotoError]:
        """One result per photo, in order: a photo that cannot be read is its own error and harms no other.

        One photo's pixels are in memory at a time; the crops of all are judged in one forward pass.
        """
        searched = [self._search(source) for source in sources]
        candidates = [item for photo in searched if isinstance(photo, Searched) for item in photo.candidates]
        judgements = iter(self.classifier.judge([item.crop for item in candidates]) if candidates else [])
        spec = self.classifier.spec
        judging = judging_of(self.finder, spec)
        return [
            photo if isinstance(photo, PhotoError) else told(photo, judgements, spec.background_above, judging)
            for photo in searched
        ]

    def _search(self, source: Source) -> Searched | PhotoError:
        try:
            opened, found = self._found(source)
            return Searched(opened.width, opened.height, self._candidates(opened, found))
        except PhotoError as error:
            return error
        except OSError as error:
            return unreadable(error)
        except Exception as error:  # a photo nobody foresaw must not take the others of its chunk with it
            logger.exception("Searching a photo failed")
            return PhotoError(
                "damaged",
                f"The photo could not be searched ({type(error).__name__}). Save it anew and send it again.",
            )

    def _found(self, source: Source) -> tuple[Opened, list[FoundBox]]:
        """The faces, and the photo opened in whose pixels their boxes are: larger, when a closer look was needed."""
        opened = open_photo(source, self.limits, self.working_side)
        found = self.finder.find(opened.pixels)
        if isinstance(self.finder, CloserFinder):
            side = self.finder.closer_side(found, opened.pixels, (opened.width, opened.height))
            if side:
                before, opened = opened, larger(opened, source, self.limits, side)
                ratio = opened.pixels.shape[1] / before.pixels.shape[1], opened.pixels.shape[0] / before.pixels.shape[0]
                known = [item._replace(box=item.box.scaled(*ratio)) for item in found]
                found = self.finder.find_closely(opened.pixels, side, known)
        return opened, [item for item in found if item.sure]

    def _candidates(self, opened: Opened, found: Sequence[FoundBox]) -> list[Candidate]:
        spec, pixels = self.classifier.spec, opened.pixels
        across, down = opened.width / pixels.shape[1], opened.height / pixels.shape[0]
        candidates = []
        for item in found if BACKGROUND in spec.classes else [item for item in found if item.enough]:
            box = item.box.scaled(across, down).clipped(opened.width, opened.height)
            if box.area:
                crop = cut(pixels, item.box, spec.input_size, spec.crop_scale)
                side = min(square_round(item.box, spec.crop_scale)[2], LOOK_SIDE)
                candidates.append(Candidate(item, box, crop, cut(pixels, item.box, side, spec.crop_scale)))
        return candidates


def larger(opened: Opened, source: Source, limits: Limits, side: int) -> Opened:
    """The photo opened again with more pixels, unless it has no more."""
    if max(opened.width, opened.height) <= max(opened.pixels.shape[:2]):
        return opened
    return open_photo(source, limits, side)


@dataclass(frozen=True)
class Judging:
    """Whose word a face's label is, and the score below which it is told as unsure."""

    judged_by: str
    unsure_below: float

    def label_of(self, scores: dict[str, float]) -> tuple[Label, float]:
        best = max(scores, key=lambda name: scores[name])
        return Label(best) if scores[best] >= self.unsure_below else Label.UNSURE, scores[best]


def judging_of(finder: FaceFinder, spec: ModelSpec) -> Judging:
    if isinstance(finder, JudgingFinder) and finder.judged_by != "classifier":
        return Judging(finder.judged_by, finder.unsure_below)
    return Judging("classifier", spec.unsure_below)


def told(photo: Searched, judgements: "Iterator[Judgement]", background_above: float, judging: Judging) -> ScannedPhoto:
    """Takes one judgement for each of the photo's candidates."""
    judged = [(item, next(judgements)) for item in photo.candidates]
    shown = [scanned_face(*pair, judging) for pair in judged if is_face(*pair, background_above)]
    faces = sorted(one_per_person(shown), key=lambda face: face.box)
    labels = [face.label for face in faces]
    return ScannedPhoto(photo.width, photo.height, verdict_of(labels), summary_of(labels), faces)


def is_face(item: Candidate, judgement: "Judgement", background_above: float) -> bool:
    """The classifier's word, weighed with the finder's: a box it trusts less must look more like a face."""
    most = background_above * item.found.trust
    return judgement.background * (1 - background_above) < most * (1 - judgement.background)


def scanned_face(item: Candidate, judgement: "Judgement", judging: Judging) -> ScannedFace:
    found = item.found
    by = judging.judged_by if found.labels else "classifier"
    scores = dict(judgement.scores)
    if found.labels and by != "classifier":
        own = 0.0 if by == "finder" else 0.5
        scores = {name: own * scores.get(name, 0.0) + (1 - own) * share for name, share in found.labels.items()}
    label, score = judging.label_of(scores)
    return ScannedFace(item.box, label, score, scores, found.finder, found.score, item.look, by)


def one_per_person(faces: list[ScannedFace]) -> list[ScannedFace]:
    """Of the boxes on one head, the one the finder was surest of."""
    kept: list[ScannedFace] = []
    for face in sorted(faces, key=lambda face: (face.finder_score, face.score), reverse=True):
        if not any(face.box.is_same_person(other.box) for other in kept):
            kept.append(face)
    return kept


def unreadable(error: OSError) -> PhotoError:
    if isinstance(error, IsADirectoryError):
        return PhotoError("unreadable", "The folder holds no photo. Name another folder, or the photo itself.")
    reason = error.strerror or type(error).__name__
    return PhotoError("unreadable", f"The file cannot be read ({reason}). Check that it is there and readable.")


def make_scanner(
    weights: Path,
    *,
    sha256: str | None = None,
    finder: str = "ssd",
    finder_weights: Path | None = None,
    finder_sha256: str | None = None,
    yunet_file: str = "",
    yunet_sha256: str = "",
    device: str = "auto",
    limits: Limits | None = None,
    working_side: int = WORKING_SIDE,
    closer_pixels: int = CLOSER_PIXELS,
) -> Scanner:
    """A scanner ready to work. FinderError or WeightsError when the finder or the weights cannot be used."""
    face_finder = make_finder(
        finder,
        finder_weights=finder_weights,
        finder_sha256=finder_sha256,
        yunet_file=yunet_file,
        yunet_sha256=yunet_sha256,
        device=device,
        closer_pixels=closer_pixels,
    )
    from detection.vision.classifier import Classifier  # loads torch, which takes seconds and 200 MB

    return Scanner(face_finder, Classifier.from_file(weights, sha256, device), limits, working_side)

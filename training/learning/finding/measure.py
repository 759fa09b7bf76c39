"""How many faces of labelled photos are found and judged right, by label and size, and how many boxes hold none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection.vision.labels import FLAGGED_LABELS, Label
from detection.vision.scan import ScannedPhoto, Scanner
from training.learning.errors import LearningError
from training.learning.finding.marked import CLASSES
from training.learning.finding.matching import MATCH_IOU, NO_FACE, PhotoFound, matched
from training.learning.metrics import wilson
from training.learning.samples import Frame
from training.learning.scenes import Scene

LARGE_ENOUGH = 40  # pixels, shorter side: what a photo of people near a door shows
SIZES = {"under 20 px": (0, 20), "20 to 39 px": (20, 40), "40 to 79 px": (40, 80), "80 px and more": (80, np.inf)}
Unlabelled = Mapping[str, Sequence[Frame]]  # file name -> faces that nobody labelled


class Seen(NamedTuple):
    """What came of one photo: the scene, the boxes shown (count, 4), their scores and labels."""

    scene: Scene
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: list[str]


def scan_scenes(scenes: Iterable[Scene], scanner: Scanner, report: Callable[[], object] = lambda: None) -> list[Seen]:
    """Every photo's whole way, as serving goes it; LearningError naming a photo that cannot be read."""
    seen = []
    for scene in scenes:
        (result,) = scanner.scan([scene.path])
        if not isinstance(result, ScannedPhoto):
            raise LearningError(f"{scene.path}: {result.detail}")
        boxes = np.array([face.box for face in result.faces], np.float64).reshape(-1, 4)
        scores = np.array([face.finder_score for face in result.faces], np.float64)
        seen.append(Seen(scene, boxes, scores, [face.label.value for face in result.faces]))
        report()
    return seen


def as_found(seen: Seen, unlabelled: Unlabelled) -> PhotoFound:
    faces = np.array([box for box, _ in seen.scene.faces], np.float64).reshape(-1, 4)
    neutral = [*seen.scene.unlabelled, *unlabelled.get(seen.scene.path.name, ())]
    return PhotoFound(seen.boxes, seen.scores, faces, np.array(neutral, np.float64).reshape(-1, 4))


@dataclass(frozen=True, slots=True)
class Faces:
    """All labelled faces of all photos, as columns: true label, shorter side, whether found, the label it was given
    ("" when it was not found); and `wrong`, the boxes that hold no face."""

    labels: NDArray[np.str_]
    sides: NDArray[np.float64]
    found: NDArray[np.bool_]
    told: NDArray[np.str_]
    wrong: int

    def of(self, label: str) -> NDArray[np.bool_]:
        return self.labels == label

    @property
    def flagged(self) -> NDArray[np.bool_]:
        return np.isin(self.told, [label.value for label in FLAGGED_LABELS])


def faces_of(seen: Sequence[Seen], iou: float = MATCH_IOU, unlabelled: Unlabelled | None = None) -> Faces:
    labels: list[str] = []
    sides: list[float] = []
    told: list[str] = []
    wrong = 0
    for one in seen:
        matches = matched(as_found(one, unlabelled or {}), iou)
        given = {int(face): one.labels[at] for at, face in enumerate(matches) if face >= 0}
        for place, (box, label) in enumerate(one.scene.faces):
            labels.append(label)
            sides.append(min(box[2:]))
            told.append(given.get(place, ""))
        wrong += int((matches == NO_FACE).sum())
    names = np.array(told, np.str_)
    return Faces(np.array(labels, np.str_), np.array(sides), names != "", names, wrong)


def report_on_faces(faces: Faces) -> dict[str, Any]:
    """Recall by label and size, precision, and what the labels are worth; shares are 0 to 1, None without any face."""
    large = faces.sides >= LARGE_ENOUGH
    mask, no_mask = faces.of(Label.MASK), faces.of(Label.NO_MASK)
    right = faces.told == faces.labels
    found = int(faces.found.sum())
    return {
        "faces": len(faces.labels),
        "found": found,
        "wrong_boxes": faces.wrong,
        "precision": share(found, found + faces.wrong),
        "recall": {label: of_all(faces.found, faces.of(label)) for label in CLASSES},
        "recall_large": {label: of_all(faces.found, faces.of(label) & large) for label in CLASSES},
        "recall_by_size": {
            name: of_all(faces.found, (faces.sides >= low) & (faces.sides < high))
            for name, (low, high) in SIZES.items()
        },
        "right_label": {label: of_all(right, faces.of(label) & faces.found) for label in CLASSES},
        "violations_flagged": of_all(faces.flagged, no_mask & large),
        "masked_flagged": of_all(faces.flagged, mask),
        "labels": {
            label: {told or "not found": int((faces.told[faces.of(label)] == told).sum()) for told in (*Label, "")}
            for label in CLASSES
        },
    }


def of_all(wanted: NDArray[np.bool_], all_of: NDArray[np.bool_]) -> dict[str, Any]:
    """The share of `all_of` that is wanted, with its 95 % interval (Wilson) and the counts."""
    return share(int((wanted & all_of).sum()), int(all_of.sum()))


def share(part: int, whole: int) -> dict[str, Any]:
    if not whole:
        return {"part": 0, "of": 0, "share": None, "interval": None}
    return {"part": part, "of": whole, "share": part / whole, "interval": list(wilson(part, whole))}

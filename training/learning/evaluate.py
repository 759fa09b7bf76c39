"""How well weights judge a folder of pictures: every picture counts, none is put aside as unsure or as background."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detection.vision.classifier import Classifier
from detection.vision.crops import Pixels, cut
from detection.vision.labels import BACKGROUND, Label
from training.learning.errors import LearningError
from training.learning.folders import CLASS_ORDER, labelled_pictures
from training.learning.metrics import Probabilities, Targets, report_of
from training.learning.samples import read_picture
from training.learning.scenes import MIN_FACE_SIDE, read_scenes

MASK, NO_MASK = Label.MASK.value, Label.NO_MASK.value
CHUNK = 64
METHOD = (
    "Every picture is judged and counted by its most likely class among those of the folder; scores below the "
    "unsure threshold and likely backgrounds count like all others. In a folder of mask and no_mask, what the model "
    "takes for a mask worn wrongly counts as no_mask."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """Probabilities (count, classes of the model) of pictures with their true labels and sources."""

    probabilities: Probabilities
    labels: list[str]
    sources: list[str]


def test_folder(data: Path) -> Path:
    """`data/test` when there is one, otherwise `data` itself with its class folders."""
    return data / "test" if (data / "test").is_dir() else data


def evaluate_folder(
    data: Path, classifier: Classifier, report: Callable[[int], object] = lambda _count: None
) -> dict[str, Any]:
    """The report on a folder; LearningError when it cannot be used or holds labels the model does not know."""
    pictures = labelled_pictures(test_folder(data))
    labels = [picture.label for picture in pictures]
    check_labels(labels, classifier)
    crops = (read_picture(picture.path) for picture in pictures)
    probabilities = judge_all(crops, classifier, report)
    judged = Judged(probabilities, labels, [picture.source for picture in pictures])
    result = report_on(judged, classifier.spec.classes)
    chosen = chosen_labels(judged, classifier.spec.classes)
    mistakes = [
        {"file": str(p.path), "label": p.label, "judged": judged_as}
        for p, judged_as in zip(pictures, chosen, strict=True)
        if p.label != judged_as
    ]
    return {**result, "method": METHOD, "mistakes": mistakes}


def evaluate_scenes(
    folder: Path, classifier: Classifier, report: Callable[[int], object] = lambda _count: None
) -> dict[str, Any]:
    """The report on the labelled boxes of whole photos, each cut out as serving does."""
    spec, crops, labels, sides = classifier.spec, [], [], []
    for scene in read_scenes(folder):
        pixels = read_picture(scene.path)
        for box, label in scene.faces:
            if min(box[2:]) >= MIN_FACE_SIDE:
                crops.append(cut(pixels, box, spec.input_size, spec.crop_scale))
                labels.append(label)
                sides.append(size_name(min(box[2:])))
    check_labels(labels, classifier)
    judged = Judged(judge_all(crops, classifier, report), labels, sides)
    result = report_on(judged, spec.classes)
    result["per_size"] = result.pop("per_source")
    return result


def size_name(side: float) -> str:
    """Groups of faces by the shorter side of their box."""
    return "under 40 px" if side < 40 else "40 to 79 px" if side < 80 else "80 px and more"


def check_labels(labels: Sequence[str], classifier: Classifier) -> None:
    known = set(classifier.spec.classes)
    unknown = set(labels) - known - ({Label.INCORRECT.value} if {MASK, NO_MASK} <= known else set())
    if unknown:
        knows, lacks = ", ".join(classifier.spec.classes), ", ".join(sorted(unknown))
        raise LearningError(f"The model knows {knows}, but the folder also has {lacks}: leave those folders out.")


def judge_all(crops: Iterable[Pixels], classifier: Classifier, report: Callable[[int], object]) -> Probabilities:
    """Probabilities of all crops, read chunk by chunk."""
    parts, chunk = [np.zeros((0, len(classifier.spec.classes)))], []
    for crop in crops:
        chunk.append(crop)
        if len(chunk) == CHUNK:
            parts.append(classifier.probabilities(chunk))
            report(len(chunk))
            chunk = []
    if chunk:
        parts.append(classifier.probabilities(chunk))
        report(len(chunk))
    return np.concatenate(parts)


def report_on(judged: Judged, classes: Sequence[str]) -> dict[str, Any]:
    """Over the folder's classes, as mask against not, and for each source."""
    names = counted_classes(judged.labels, classes)
    probabilities, targets = over(judged, classes, names)
    result = report_of(names, probabilities, targets)
    two, sides = as_mask_or_not(judged, classes)
    result["mask_vs_not"] = report_of(("mask", "not_mask"), two, sides)
    result["per_source"] = {
        source: report_of(names, probabilities[rows], targets[rows])
        for source in sorted(set(judged.sources))
        for rows in [np.array([s == source for s in judged.sources])]
    }
    return result


def counted_classes(labels: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """The classes a folder is scored on: its own; incorrect is counted with no_mask when the model lacks it."""
    present = set(labels)
    if Label.INCORRECT.value not in classes:
        present -= {Label.INCORRECT.value}
    return tuple(name for name in CLASS_ORDER if name in present)


def over(judged: Judged, classes: Sequence[str], names: Sequence[str]) -> tuple[Probabilities, Targets]:
    """Probabilities over `names` only, summing to 1, and the targets among them."""
    columns = {name: judged.probabilities[:, place].copy() for place, name in enumerate(classes)}
    if Label.INCORRECT.value in columns and Label.INCORRECT.value not in names and NO_MASK in names:
        columns[NO_MASK] += columns[Label.INCORRECT.value]
    kept = np.stack([columns[name] for name in names], axis=1)
    place = {name: number for number, name in enumerate(names)}
    targets = np.array([place.get(label, place.get(NO_MASK, 0)) for label in judged.labels], np.int64)
    return kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-300), targets


def as_mask_or_not(judged: Judged, classes: Sequence[str]) -> tuple[Probabilities, Targets]:
    """Mask against no_mask and incorrect together, on the pictures that show a face."""
    faces = np.array([label != BACKGROUND for label in judged.labels], bool)
    mask = judged.probabilities[faces][:, list(classes).index(MASK)]
    not_places = [place for place, name in enumerate(classes) if name not in {MASK, BACKGROUND}]
    rest = judged.probabilities[faces][:, not_places].sum(axis=1)
    two = np.stack([mask, rest], axis=1) / np.maximum(mask + rest, 1e-300)[:, None]
    return two, np.array([label != MASK for label in judged.labels if label != BACKGROUND], np.int64)


def chosen_labels(judged: Judged, classes: Sequence[str]) -> list[str]:
    """The counted label of every picture."""
    names = counted_classes(judged.labels, classes)
    probabilities, _ = over(judged, classes, names)
    return [names[place] for place in probabilities.argmax(axis=1)]

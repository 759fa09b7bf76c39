"""Thresholds of a finder and whose label to believe, chosen on photos it did not learn from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detection.vision.boxes import FoundBox
from detection.vision.classifier import Classifier
from detection.vision.crops import cut
from detection.vision.finder_spec import JUDGES, FinderSpec
from detection.vision.labels import BACKGROUND
from detection.vision.ssd import SsdFinder
from training.learning.calibrate import RIGHT_MADE_UNSURE, UNSURE_RANGE
from training.learning.errors import LearningError
from training.learning.finding.marked import CLASSES
from training.learning.finding.matching import NEUTRAL, PhotoFound, matched
from training.learning.samples import read_picture
from training.learning.scenes import Scene

FAINTEST = 0.05  # boxes below are never faces
# How much the classifier's odds that a box is no face count beside the finder's, as an exponent.
WEIGHTS = (0.1, 0.2, 0.3, 0.5, 1.0)
CERTAIN, HARDLY = 0.999, 1e-9
ROOM = 0.9  # of the lowest score of a face: boxes a little below are still judged
TEMPERATURES = tuple(np.geomspace(0.3, 4.0, 40))
Values = NDArray[np.float64]


class Watched(NamedTuple):
    """Every box that counts on the held-out photos. `hit`: whether it holds a labelled face, `truth` that face's place
    in CLASSES (-1 for none). `own` and `judged`: probabilities (count, labels) by finder and classifier; `background`:
    the classifier's odds that it is no face over the odds at which it would say so. `faces`: how many there are."""

    scores: Values
    hit: NDArray[np.bool_]
    truth: NDArray[np.int64]
    own: Values
    judged: Values
    background: Values
    faces: int


def watch(
    finder: SsdFinder,
    classifier: Classifier,
    scenes: Sequence[Scene],
    report: Callable[[], object] = lambda: None,
    hint: float = 0.0,
) -> Watched:
    """Searches the photos with a finder whose thresholds let nearly everything through.

    Boxes below the score `hint` are no reason to look closer, as they will be none in serving.
    """
    rows: list[tuple[float, int]] = []
    own, judged, faces = [np.zeros((0, len(CLASSES)))], [np.zeros((0, len(classifier.spec.classes)))], 0
    for scene in scenes:
        pixels = read_picture(scene.path)
        found = one_each(found_on(finder, pixels, hint))
        boxes = np.array([item.box for item in found], np.float64).reshape(-1, 4)
        true = np.array([box for box, _ in scene.faces], np.float64).reshape(-1, 4)
        neutral = np.array(scene.unlabelled, np.float64).reshape(-1, 4)
        faces += len(true)
        scores = np.array([item.score for item in found])
        matches = matched(PhotoFound(boxes, scores, true, neutral))
        counted = [at for at, match in enumerate(matches) if match != NEUTRAL]
        for at in counted:
            label = CLASSES.index(scene.faces[matches[at]][1]) if matches[at] >= 0 else -1
            rows.append((found[at].score, label))
        own.append(np.array([[(found[at].labels or {})[name] for name in CLASSES] for at in counted]).reshape(-1, 3))
        size, scale = classifier.spec.input_size, classifier.spec.crop_scale
        judged.append(classifier.probabilities([cut(pixels, found[at].box, size, scale) for at in counted]))
        report()
    scores, truth = np.array([score for score, _ in rows]), np.array([label for _, label in rows], np.int64)
    labels, background = by_classifier(np.concatenate(judged), classifier)
    return Watched(scores, truth >= 0, truth, np.concatenate(own), labels, background, faces)


def found_on(finder: SsdFinder, pixels: NDArray[np.uint8], hint: float = 0.0) -> list[FoundBox]:
    """As a scanner asks it: once, and once more closely where the finder wants to."""
    found = finder.find(pixels)
    hints = [item for item in found if item.score >= hint]
    side = finder.closer_side(hints, pixels, (pixels.shape[1], pixels.shape[0]))
    return finder.find_closely(pixels, side, found) if side else found


def one_each(found: Sequence[FoundBox]) -> list[FoundBox]:
    kept: list[FoundBox] = []
    for item in found:
        if not any(other.box.is_same_person(item.box) for other in kept):
            kept.append(item)
    return kept


def by_classifier(probabilities: Values, classifier: Classifier) -> tuple[Values, Values]:
    """The classifier's probabilities over the labels alone, and its odds of background over those that decide."""
    columns = dict(zip(classifier.spec.classes, probabilities.T, strict=True))
    labels = np.stack([columns.get(name, np.zeros(len(probabilities))) for name in CLASSES], axis=1)
    background = columns.get(BACKGROUND, np.zeros(len(probabilities)))
    above = classifier.spec.background_above
    odds = (background / np.maximum(1 - background, 1e-9)) / (above / max(1 - above, 1e-9))
    return labels / np.maximum(labels.sum(axis=1, keepdims=True), 1e-9), odds


def chosen_spec(watched: Watched, spec: FinderSpec, precision: float) -> tuple[FinderSpec, dict[str, Any]]:
    """The spec with thresholds at which the held-out photos give that precision and most faces, and what was weighed.

    The classifier's weight is the one with the highest average precision. The label is left to whoever is least
    surprised by the truth (cross-entropy), which so few faces tell better than how often somebody is right.
    LearningError when no face is found at all.
    """
    weighed = {weight: best_threshold(watched, weight, precision) for weight in WEIGHTS}
    weight = max(weighed, key=lambda w: weighed[w]["average_precision"])
    if not weighed[weight]["found"]:
        raise LearningError("The finder finds no face on the held-out photos: train it longer.")
    best = weighed[weight]
    shown = watched.hit & is_shown(watched, weight, best["trust"], 0.0)
    temperature = fitted_temperature(watched.own[shown], watched.truth[shown])
    ways = judged_three_ways(watched, shown, temperature)
    by = min(JUDGES, key=lambda name: ways[name]["loss"])
    above = ROOM * float(watched.scores[shown].min())
    spec = replace(
        spec,
        found_above=round(above, 4),
        faint_above=round(min(spec.faint_above, above), 4),
        trust=best["trust"],
        classifier_weight=weight,
        temperature=round(temperature, 4),
        judged_by=by,
        unsure_below=round(ways[by]["unsure_below"], 4),
    )
    return spec, {"thresholds": {str(w): values for w, values in weighed.items()}, "judged_by": ways}


def trust_in(scores: Values, weight: float) -> Values:
    """What `detection.vision.ssd` makes of scores, for a trust of 1."""
    certain = np.minimum(scores, CERTAIN)
    return np.asarray((certain / (1 - certain)) ** (1 / weight))


def is_shown(watched: Watched, weight: float, trust: float, above: float) -> NDArray[np.bool_]:
    """As `detection.vision.scan.is_face` decides."""
    allowed = trust * trust_in(watched.scores, weight)
    return np.asarray((watched.scores >= above) & (np.maximum(watched.background, HARDLY) < allowed))


def best_threshold(watched: Watched, weight: float, precision: float) -> dict[str, float]:
    """The trust at which most boxes are shown of which that part holds a face; where none does, the most precise one.

    With the precision, recall and number of faces there, and the average precision over all of them.
    """
    if not len(watched.scores):
        return {"trust": 0.0, "precision": 0.0, "recall": 0.0, "found": 0, "average_precision": 0.0}
    needed = np.maximum(watched.background, HARDLY) / trust_in(watched.scores, weight)  # the trust that shows a box
    order = np.argsort(needed, kind="stable")
    hits = watched.hit[order].cumsum()
    reached = hits / np.arange(1, len(hits) + 1)
    enough = np.flatnonzero(reached >= precision)
    at = int(enough[-1]) if len(enough) else int(reached.argmax())
    falling = np.maximum.accumulate(reached[::-1])[::-1]
    faces = max(watched.faces, 1)
    return {
        "trust": float(needed[order[at]] * (1 + 1e-9)),
        "precision": float(reached[at]),
        "recall": float(hits[at] / faces),
        "found": int(hits[at]),
        "average_precision": float((falling * watched.hit[order]).sum() / faces),
    }


def fitted_temperature(probabilities: Values, truth: NDArray[np.int64]) -> float:
    """The temperature at which the finder's labels are least surprised by the truth (Guo et al., 2017)."""
    logits = np.log(np.maximum(probabilities, 1e-12))

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        scaled = (
            scaled
            - np.log(np.exp(scaled - scaled.max(1, keepdims=True)).sum(1, keepdims=True))
            - scaled.max(1, keepdims=True)
        )
        return float(-scaled[np.arange(len(truth)), truth].mean())

    return float(min(TEMPERATURES, key=surprise)) if len(truth) else 1.0


def judged_three_ways(watched: Watched, shown: NDArray[np.bool_], temperature: float) -> dict[str, dict[str, Any]]:
    powers = watched.own[shown] ** (1 / temperature)
    own = powers / powers.sum(axis=1, keepdims=True)
    judged, truth = watched.judged[shown], watched.truth[shown]
    ways = {"classifier": judged, "finder": own, "both": (own + judged) / 2}
    return {name: judged_well(ways[name], truth) for name in JUDGES}


def judged_well(probabilities: Values, truth: NDArray[np.int64]) -> dict[str, Any]:
    right = probabilities.argmax(axis=1) == truth
    surprise = -np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12))
    per_label = {name: float(right[truth == at].mean()) for at, name in enumerate(CLASSES) if (truth == at).any()}
    unsure = np.quantile(probabilities.max(axis=1)[right], RIGHT_MADE_UNSURE) if right.any() else 0.0
    return {
        "right": float(right.mean()),
        "loss": float(surprise.mean()),
        "count": len(truth),
        "right_label": per_label,
        "unsure_below": float(np.clip(unsure, *UNSURE_RANGE)),
    }

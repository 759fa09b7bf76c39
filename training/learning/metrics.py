"""Numbers that say how well a model judges, from probabilities (count, classes) and targets (count,)."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Targets = NDArray[np.int64]
Z_95 = 1.959963984540054


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson, 1927); (0, 1) when nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    part, extra = hits / count, Z_95**2 / count
    centre = (part + extra / 2) / (1 + extra)
    half = Z_95 / (1 + extra) * math.sqrt(part * (1 - part) / count + extra / (4 * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def confusion_of(classes: Sequence[str], targets: Targets, chosen: Targets) -> dict[str, dict[str, int]]:
    """True class -> judged class -> count."""
    return {
        true: {name: int(((targets == t) & (chosen == c)).sum()) for c, name in enumerate(classes)}
        for t, true in enumerate(classes)
    }


def per_class(confusion: dict[str, dict[str, int]]) -> dict[str, dict[str, float | int | None]]:
    """Precision and recall (None when there is nothing to divide by) and the count of each class."""
    report: dict[str, dict[str, float | int | None]] = {}
    for name, row in confusion.items():
        hits, count = row[name], sum(row.values())
        judged = sum(other[name] for other in confusion.values())
        report[name] = {"precision": ratio(hits, judged), "recall": ratio(hits, count), "count": count}
    return report


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def calibration_error(probabilities: Probabilities, targets: Targets, bins: int = 15) -> float:
    """Expected calibration error, 0 to 1 (Naeini et al., 2015): how far scores are from how often they are right."""
    if len(targets) == 0:
        return 0.0
    scores, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    places = np.minimum((scores * bins).astype(int), bins - 1)
    error = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            error += inside.mean() * abs(scores[inside].mean() - right[inside].mean())
    return float(error)


def mean_loss(probabilities: Probabilities, targets: Targets) -> float:
    """Mean negative logarithm of the true class's probability, in nats."""
    if len(targets) == 0:
        return 0.0
    true = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(true, 1e-12)).mean())


def report_of(classes: Sequence[str], probabilities: Probabilities, targets: Targets) -> dict[str, Any]:
    """Accuracy of the most likely class, its interval, loss, precision and recall, confusion, calibration error."""
    chosen = probabilities.argmax(axis=1)
    hits, count = int((chosen == targets).sum()), len(targets)
    confusion = confusion_of(classes, targets, chosen)
    return {
        "count": count,
        "accuracy": ratio(hits, count),
        "interval": list(wilson(hits, count)),
        "loss": mean_loss(probabilities, targets),
        "per_class": per_class(confusion),
        "confusion": confusion,
        "calibration_error": calibration_error(probabilities, targets),
    }

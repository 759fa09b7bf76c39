"""Making a score mean something: the temperature, and the two thresholds, from validation pictures alone."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detection.vision.labels import BACKGROUND
from detection.vision.spec import ModelSpec

Logits = NDArray[np.float64]
Targets = NDArray[np.int64]
TEMPERATURES = (0.05, 20.0)
FACES_THROWN_OUT = 0.01  # at most this part of the true faces may be taken for background
RIGHT_MADE_UNSURE = 0.02  # at most this part of the rightly judged faces may fall below the threshold
BACKGROUND_RANGE = (0.35, 0.95)
UNSURE_RANGE = (0.5, 0.8)


def softmax(logits: Logits, temperature: float = 1.0) -> Logits:
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def loss_at(temperature: float, logits: Logits, targets: Targets, weights: Logits) -> float:
    true = softmax(logits, temperature)[np.arange(len(targets)), targets]
    return float(-(weights * np.log(np.maximum(true, 1e-12))).sum() / weights.sum())


def fit_temperature(logits: Logits, targets: Targets, weights: Logits | None = None) -> float:
    """The temperature with the lowest loss (Guo et al., "On Calibration of Modern Neural Networks", 2017).

    Golden-section search over its logarithm: the loss has one minimum there.
    """
    weights = np.ones(len(targets)) if weights is None else weights
    low, high = np.log(TEMPERATURES)
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        one, two = high - golden * (high - low), low + golden * (high - low)
        losses = [loss_at(float(np.exp(t)), logits, targets, weights) for t in (one, two)]
        low, high = (low, two) if losses[0] < losses[1] else (one, high)
    return float(np.exp((low + high) / 2))


def calibrated(spec: ModelSpec, logits: Logits, targets: Targets) -> ModelSpec:
    """The spec with temperature and thresholds fitted on validation `logits` (count, classes) and `targets`.

    background_above: the lowest probability of background that at most 1 % of the true faces reach.
    unsure_below: the highest score that at most 2 % of the rightly judged faces stay under, never below a half.
    """
    temperature = fit_temperature(logits, targets)
    probabilities = softmax(logits, temperature)
    spec = replace(spec, temperature=round(temperature, 4))
    faces = np.array([name != BACKGROUND for name in spec.classes])
    is_face = faces[targets]
    if not faces.all():
        lost = np.quantile(probabilities[is_face][:, ~faces].max(axis=1), 1 - FACES_THROWN_OUT)
        spec = replace(spec, background_above=round(float(np.clip(lost, *BACKGROUND_RANGE)), 3))
    shown = np.where(faces, probabilities, 0.0)[is_face]
    scores = shown.max(axis=1) / shown.sum(axis=1)
    right = shown.argmax(axis=1) == targets[is_face]
    unsure = np.quantile(scores[right], RIGHT_MADE_UNSURE) if right.any() else UNSURE_RANGE[0]
    return replace(spec, unsure_below=round(float(np.clip(unsure, *UNSURE_RANGE)), 3))

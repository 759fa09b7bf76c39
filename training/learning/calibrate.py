"""Making a score mean something: the temperature, and the two thresholds, from validation pictures alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from detection.vision.labels import BACKGROUND, Label
from detection.vision.spec import ModelSpec

Logits = NDArray[np.float64]
Targets = NDArray[np.int64]
TEMPERATURES = (0.05, 20.0)
# How often each class is met in use, as far as we can guess; validation has more masks worn wrongly than a door does.
EXPECTED = {Label.MASK.value: 0.37, Label.NO_MASK.value: 0.37, Label.INCORRECT.value: 0.06, BACKGROUND: 0.2}
PULL = 1.0  # as strong as the loss of one picture
FACES_THROWN_OUT = 0.01  # at most this part of the true faces may be taken for background
RIGHT_MADE_UNSURE = 0.02  # at most this part of the rightly judged faces may fall below the threshold
BACKGROUND_RANGE = (0.35, 0.95)
UNSURE_RANGE = (0.5, 0.8)


def softmax(logits: Logits, temperature: float = 1.0) -> Logits:
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def expected_weights(classes: Sequence[str], targets: Targets) -> Logits:
    """A weight per picture that makes the classes as frequent as they are expected to be in use; their mean is 1."""
    counts = np.bincount(targets, minlength=len(classes))
    shares = np.array([EXPECTED[name] for name in classes]) * (counts > 0)
    return (shares / shares.sum() * len(targets) / np.maximum(counts, 1))[targets]


def mean_loss_at(
    temperature: float, shift: Logits, logits: Logits, targets: Targets, weights: Logits | None = None
) -> float:
    """Mean negative log probability of the true classes, in nats."""
    true = softmax(logits + shift, temperature)[np.arange(len(targets)), targets]
    return float(np.average(-np.log(np.maximum(true, 1e-12)), weights=weights))


def fit(logits: Logits, targets: Targets, weights: Logits | None = None) -> tuple[float, Logits]:
    """The temperature and the shift of each class's logit (summing to 0) with the lowest loss.

    Temperature: Guo et al., "On Calibration of Modern Neural Networks", 2017. Shift: training shows rare classes more
    often than they are, which makes a network expect them; Alexandari et al., "Maximum Likelihood with Bias-Corrected
    Calibration is Hard-To-Beat at Label Shift Adaptation", 2020. A weak pull towards 0 keeps it small for few pictures.
    """
    values, wanted = torch.from_numpy(logits), torch.from_numpy(targets)
    counting = torch.from_numpy(np.ones(len(targets)) if weights is None else weights)
    parameters = torch.zeros(1 + logits.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = values * torch.exp(-parameters[0]) + parameters[1:]
        losses = functional.cross_entropy(scaled, wanted, reduction="none") * counting
        found = losses.mean() + PULL / len(wanted) * parameters.square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    fitted = parameters.detach().numpy()
    temperature = float(np.clip(np.exp(fitted[0]), *TEMPERATURES))
    return temperature, (fitted[1:] - fitted[1:].mean()) * temperature


def shift_outputs(model: nn.Module, shift: Logits) -> None:
    """Adds the shift to the biases of the model's last layer."""
    *_, last = (layer for layer in model.modules() if isinstance(layer, nn.Linear))
    with torch.no_grad():
        last.bias.add_(torch.from_numpy(shift).to(last.bias))


def with_thresholds(spec: ModelSpec, probabilities: Logits, targets: Targets) -> ModelSpec:
    """The spec with thresholds chosen on the calibrated `probabilities` (count, classes) of validation pictures.

    background_above: the lowest probability of background that at most 1 % of the true faces reach.
    unsure_below: the highest score that at most 2 % of the rightly judged faces stay under, never below a half.
    """
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

import numpy as np
import pytest

from tests.detection.vision.models import make_spec
from training.learning.calibrate import calibrated, fit_temperature, loss_at, softmax

COUNT = 4000


def outcomes(temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are too sure by `temperature`, and what then happened, drawn from the true probabilities."""
    random = np.random.default_rng(seed)
    true = random.normal(0, 2, (COUNT, 4))
    targets = np.array([random.choice(4, p=row) for row in softmax(true)])
    return true * temperature, targets


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found_again(temperature: float) -> None:
    assert fit_temperature(*outcomes(temperature)) == pytest.approx(temperature, rel=0.07)


def test_no_other_temperature_has_a_lower_loss() -> None:
    logits, targets = outcomes(2.0)
    weights = np.ones(len(targets))
    best = fit_temperature(logits, targets)

    assert all(
        loss_at(best, logits, targets, weights) <= loss_at(best * factor, logits, targets, weights)
        for factor in (0.5, 0.9, 1.1, 2.0)
    )


def test_a_higher_temperature_makes_probabilities_more_alike() -> None:
    logits = np.array([[3.0, 1.0, 0.0]])

    assert softmax(logits, 5.0).max() < softmax(logits).max() < softmax(logits, 0.2).max()
    assert softmax(logits, 0.05).sum() == pytest.approx(1)


def test_few_true_faces_are_thrown_out_as_background() -> None:
    logits, targets = outcomes(1.5)
    logits[targets != 3, 3] -= 2

    spec = calibrated(make_spec(), logits, targets)

    background = softmax(logits, spec.temperature)[targets != 3][:, 3]
    assert (background >= spec.background_above).mean() <= 0.0105
    assert 0.35 <= spec.background_above <= 0.95


def test_few_rightly_judged_faces_become_unsure() -> None:
    logits = np.zeros((COUNT, 4))
    targets = np.arange(COUNT) % 4
    logits[np.arange(COUNT), targets] = np.linspace(0.5, 8, COUNT)

    spec = calibrated(make_spec(), logits, targets)

    shown = softmax(logits, spec.temperature)[targets != 3][:, :3]
    scores = (shown / shown.sum(axis=1, keepdims=True)).max(axis=1)
    assert (scores < spec.unsure_below).mean() <= 0.021
    assert 0.5 <= spec.unsure_below <= 0.8


def test_thresholds_stay_in_a_sensible_range_however_sure_the_model_is() -> None:
    targets = np.arange(400) % 4
    logits = np.where(np.arange(4) == targets[:, None], 30.0, 0.0)

    spec = calibrated(make_spec(), logits, targets)

    assert (spec.unsure_below, spec.background_above) == (0.8, 0.35)


def test_a_model_without_background_keeps_its_threshold_for_it() -> None:
    logits, targets = outcomes(1.0)
    spec = make_spec(classes=("mask", "no_mask", "incorrect"), background_above=0.77)

    fitted = calibrated(spec, logits[:, :3], np.minimum(targets, 2))

    assert fitted.background_above == 0.77

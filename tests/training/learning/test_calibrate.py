import numpy as np
import pytest
import torch

from tests.detection.vision.models import ALL_CLASSES, make_model, make_spec
from training.learning.calibrate import (
    EXPECTED,
    expected_weights,
    fit,
    mean_loss_at,
    shift_outputs,
    softmax,
    with_thresholds,
)

COUNT = 4000


def outcomes(temperature: float, shift: tuple[float, ...] = (0, 0, 0, 0)) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are too sure by `temperature` and off by `-shift`, and what then happened, by the true ones."""
    random = np.random.default_rng(0)
    true = random.normal(0, 2, (COUNT, 4))
    targets = np.array([random.choice(4, p=row) for row in softmax(true)])
    return true * temperature - np.array(shift), targets


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found_again(temperature: float) -> None:
    assert fit(*outcomes(temperature))[0] == pytest.approx(temperature, rel=0.07)


def test_classes_the_network_expects_too_often_are_shifted_down() -> None:
    temperature, shift = fit(*outcomes(2.0, (1.0, 0.5, -1.5, 0.0)))

    assert temperature == pytest.approx(2.0, rel=0.07)
    assert shift == pytest.approx([1.0, 0.5, -1.5, 0.0], abs=0.35)
    assert shift.sum() == pytest.approx(0)


def test_nothing_near_the_fit_has_a_lower_loss() -> None:
    logits, targets = outcomes(2.0, (1.0, 0.0, -1.0, 0.0))
    temperature, shift = fit(logits, targets)
    best = mean_loss_at(temperature, shift, logits, targets)

    assert all(mean_loss_at(temperature * f, shift, logits, targets) > best for f in (0.5, 0.9, 1.1, 2.0))
    assert all(mean_loss_at(temperature, shift + step, logits, targets) > best for step in np.eye(4))


def test_a_class_that_is_rarer_in_use_than_in_validation_is_shifted_down() -> None:
    logits, targets = outcomes(1.0)
    weights = expected_weights(ALL_CLASSES, targets)

    _, shift = fit(logits, targets, weights)

    assert weights.mean() == pytest.approx(1)
    assert weights[targets == 2].sum() / weights.sum() == pytest.approx(EXPECTED["incorrect"])
    assert shift.argmin() == 2
    assert shift[0] - shift[2] == pytest.approx(np.log(EXPECTED["mask"] / EXPECTED["incorrect"]), abs=0.2)


def test_classes_that_validation_lacks_leave_their_share_to_the_others() -> None:
    weights = expected_weights(ALL_CLASSES, np.array([0, 0, 0, 1]))

    assert weights.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])


def test_few_pictures_cannot_shift_far() -> None:
    temperature, shift = fit(np.zeros((2, 4)), np.array([0, 0]))

    assert temperature == pytest.approx(1.0, abs=0.01)
    assert np.abs(shift).max() < 1.2


def test_shifting_the_outputs_moves_every_logit_by_as_much() -> None:
    model, pictures = make_model(), torch.zeros(2, 3, 32, 32)
    before = model(pictures)

    shift_outputs(model, np.array([1.0, -2.0, 0.5, 0.5]))

    torch.testing.assert_close(model(pictures), before + torch.tensor([1.0, -2.0, 0.5, 0.5]))


def test_a_higher_temperature_makes_probabilities_more_alike() -> None:
    logits = np.array([[3.0, 1.0, 0.0]])

    assert softmax(logits, 5.0).max() < softmax(logits).max() < softmax(logits, 0.2).max()
    assert softmax(logits, 0.05).sum() == pytest.approx(1)


def test_few_true_faces_are_thrown_out_as_background() -> None:
    logits, targets = outcomes(1.5)
    logits[targets != 3, 3] -= 2

    spec = with_thresholds(make_spec(), softmax(logits), targets)

    background = softmax(logits)[targets != 3][:, 3]
    assert (background >= spec.background_above).mean() <= 0.0105
    assert 0.35 <= spec.background_above <= 0.95


def test_few_rightly_judged_faces_become_unsure() -> None:
    logits = np.zeros((COUNT, 4))
    targets = np.arange(COUNT) % 4
    logits[np.arange(COUNT), targets] = np.linspace(1.0, 8, COUNT)

    spec = with_thresholds(make_spec(), softmax(logits), targets)

    shown = softmax(logits)[targets != 3][:, :3]
    scores = (shown / shown.sum(axis=1, keepdims=True)).max(axis=1)
    assert (scores < spec.unsure_below).mean() <= 0.021
    assert 0.5 <= spec.unsure_below <= 0.8


def test_thresholds_stay_in_a_sensible_range_however_sure_the_model_is() -> None:
    targets = np.arange(400) % 4
    logits = np.where(np.arange(4) == targets[:, None], 30.0, 0.0)

    spec = with_thresholds(make_spec(), softmax(logits), targets)

    assert (spec.unsure_below, spec.background_above) == (0.8, 0.35)


def test_a_model_without_background_keeps_its_threshold_for_it() -> None:
    logits, targets = outcomes(1.0)
    spec = make_spec(classes=("mask", "no_mask", "incorrect"), background_above=0.77)

    fitted = with_thresholds(spec, softmax(logits[:, :3]), np.minimum(targets, 2))

    assert fitted.background_above == 0.77

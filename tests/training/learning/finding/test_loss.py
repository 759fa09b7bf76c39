"""What the network is blamed for, and that it learns from it."""

import cv2
import numpy as np
import pytest
import torch

from detection.vision.boxes import Box
from detection.vision.finder_network import Found, SlimVGG16SSD, cells_of
from detection.vision.finder_spec import FinderSpec
from detection.vision.ssd import SsdFinder
from tests.training.learning.finding.drawn import draw
from training.learning.finding.loop import make_optimizer, step
from training.learning.finding.loss import face_loss, giou_loss, losses
from training.learning.finding.marked import IGNORED, Marked
from training.learning.finding.recipe import FinderRecipe

SIZE = 64
CELLS = cells_of(SIZE, SIZE)
FACE = draw(SIZE, SIZE, (16, 12, 48, 52, 1))


def told(
    face: float = -4.6, box: tuple[float, ...] | None = None, label: int | None = None, near: float = 0.0
) -> Found:
    """Every cell says the same; those within `near` pixels of the middle of FACE are sure of a face, at the stride that
    finds faces of its size."""
    middles, strides = CELLS
    logits = torch.full((1, len(strides)), face)
    logits[0, ((middles - 32).abs().amax(1) < near) & (strides == 8)] = 6.0
    reach = 2.5 * strides[:, None]
    boxes = (
        torch.cat([middles - reach, middles + reach], 1) if box is None else torch.tensor(box).expand(len(strides), 4)
    )
    labels = torch.zeros(1, len(strides), 3)
    if label is not None:
        labels[..., label] = 5.0
    return Found(logits.requires_grad_(), labels.requires_grad_(), boxes[None].clone().requires_grad_())


def test_better_answers_are_blamed_less() -> None:
    truth = tuple(FACE.boxes[0].tolist())

    nothing = losses(told(), [FACE], CELLS)
    box = losses(told(box=truth), [FACE], CELLS)
    everywhere = losses(told(face=3.0, box=truth), [FACE], CELLS)
    right = losses(told(box=truth, label=1, near=5.0), [FACE], CELLS)
    wrong = losses(told(box=truth, label=0, near=5.0), [FACE], CELLS)

    assert box.box < nothing.box
    assert float(box.box.detach()) == pytest.approx(0, abs=1e-5)
    assert right.face < everywhere.face
    assert right.label < nothing.label < wrong.label
    assert right.total < nothing.total
    assert right.total < wrong.total


def test_all_of_it_can_be_learned_from() -> None:
    found = told()

    losses(found, [FACE], CELLS).total.backward()

    for part in found:
        assert torch.isfinite(part.grad).all()
        assert part.grad.abs().sum() > 0


def test_more_pictures_are_a_mean_not_a_sum() -> None:
    one = told()
    two = Found(*(torch.cat([part, part]) for part in one))

    for alone, both in zip(losses(one, [FACE], CELLS), losses(two, [FACE, FACE], CELLS), strict=True):
        assert float(both.detach()) == pytest.approx(float(alone.detach()), rel=1e-5)


def test_nothing_is_learned_where_a_face_is_ignored() -> None:
    found = told(face=2.0)

    losses(found, [draw(SIZE, SIZE, (16, 16, 48, 48, IGNORED))], CELLS).total.backward()

    inside = ((CELLS[0] > 16) & (CELLS[0] < 48)).all(1)
    assert (found.face.grad[0, inside] == 0).all()
    assert (found.face.grad[0, (CELLS[0] < 10).any(1)] > 0).all()
    assert found.labels.grad is None or (found.labels.grad == 0).all()


def test_a_box_that_was_guessed_teaches_no_box_but_a_face_and_a_label() -> None:
    guessed = Marked.of(FACE.pixels, FACE.boxes.tolist(), [1], exact=False)

    values = losses(told(), [guessed], CELLS)

    assert float(values.box.detach()) == 0
    assert float(values.face.detach()) > 0
    assert float(values.label.detach()) > 0


def test_a_picture_of_nobody_has_a_loss_that_is_a_number_and_lower_for_less_sure_answers() -> None:
    sure, unsure = (losses(told(face=face), [draw(SIZE, SIZE)], CELLS) for face in (2.0, -2.0))

    assert torch.isfinite(sure.total)
    assert 0 < float(unsure.total.detach()) < float(sure.total.detach())
    assert float(sure.box) == float(sure.label) == 0


def test_background_that_nobody_takes_for_a_face_hardly_counts() -> None:
    logits, counted = torch.tensor([-6.0, 0.0, 3.0]), torch.ones(3, dtype=torch.bool)

    easy, even, hard = (float(face_loss(logits[at : at + 1], torch.zeros(1), counted[:1])) for at in range(3))

    assert easy < 1e-5
    assert even < hard


@pytest.mark.parametrize(
    ("box", "loss"),
    [
        ((0, 0, 10, 10), 0.0),
        ((5, 0, 15, 10), 1 - 1 / 3),
        ((10, 0, 20, 10), 1.0),
        ((30, 0, 40, 10), 1 + 20 / 40),
    ],
)
def test_a_box_far_away_is_worse_than_one_beside_the_face(box: tuple[int, ...], loss: float) -> None:
    value = giou_loss(torch.tensor([box], dtype=torch.float32), torch.tensor([[0.0, 0, 10, 10]]))

    assert float(value) == pytest.approx(loss, abs=1e-5)


def disc(x: int, y: int, radius: int) -> Marked:
    """A bright disc in front of noise."""
    pixels = np.random.default_rng(x).integers(40, 90, (96, 96, 3), np.uint8)
    cv2.circle(pixels, (x, y), radius, (255, 220, 60), -1)
    return Marked.of(pixels, [(x - radius, y - radius, x + radius + 1, y + radius + 1)], [1])


def test_a_few_steps_are_enough_to_learn_to_find_a_bright_disc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKWEB_BF16", "0")
    torch.manual_seed(1)
    model, cpu = SlimVGG16SSD(3, divisor=8), torch.device("cpu")
    optimizer = make_optimizer(model, FinderRecipe(frozen_groups=0))
    batch = [disc(30, 40, 14), disc(60, 30, 20), disc(50, 64, 16), disc(26, 70, 18)]

    model.train()
    totals = [float(step(model, optimizer, batch, cpu, 2e-3).total.detach()) for _ in range(60)]

    assert np.mean(totals[-3:]) < 0.4 * np.mean(totals[:3])
    found = SsdFinder(model, FinderSpec(found_above=0.3), "cpu").find(batch[1].pixels)
    assert found[0].box.iou(Box(40, 10, 41, 41)) > 0.6
    assert found[0].labels
    assert max(found[0].labels, key=lambda name: found[0].labels[name]) == "no_mask"  # type: ignore[index]

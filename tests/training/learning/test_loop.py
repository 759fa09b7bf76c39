from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from detection.vision.network import build
from tests.training.learning.pictures import make_samples
from training.learning.batches import Loader
from training.learning.errors import LearningError
from training.learning.loop import Epoch, Run, assess, best_model, follow, logits_of, make_optimizer, mixing, train
from training.learning.recipes import OURS, Recipe
from training.learning.schedule import Plan

CLASSES = ("mask", "no_mask")
TINY = replace(OURS, size=32, sizes=(), epochs=2, epoch_pictures=16, batch=8, learning_rate=0.02)


def make_run(folder: Path, epochs: int = 2, recipe: Recipe = TINY, minutes: float | None = None) -> Run:
    torch.manual_seed(recipe.seed)
    return Run(
        model=build("slim_vgg16", CLASSES),
        classes=CLASSES,
        train=make_samples({"mask": 12, "no_mask": 12}),
        validation=make_samples({"mask": 4, "no_mask": 6}, first=100),
        recipe=recipe,
        plan=Plan(epochs, minutes),
        folder=folder,
    )


class PulledPlugError(Exception):
    """Somebody pulled the plug."""


def stop_after(number: int) -> Callable[[Epoch], None]:
    def report(epoch: Epoch) -> None:
        if epoch.number + 1 == number:
            raise PulledPlugError

    return report


def test_every_epoch_is_reported_with_its_losses(tmp_path: Path) -> None:
    epochs: list[Epoch] = []

    train(make_run(tmp_path), report=epochs.append)

    assert [epoch.number for epoch in epochs] == [0, 1]
    assert all(epoch.train_loss > 0 and epoch.validation_loss > 0 for epoch in epochs)
    assert all(0 <= epoch.validation_accuracy <= 1 for epoch in epochs)
    assert epochs[0].best


def test_an_easy_task_is_learned(tmp_path: Path) -> None:
    recipe = replace(TINY, epoch_pictures=96, average=0.9, augmentation="flip_and_crop", learning_rate=0.05)
    run = make_run(tmp_path, epochs=4, recipe=recipe)

    model = train(run, report=lambda _epoch: None)

    assert assess(model, Loader(run.validation, CLASSES, 8), 32, run.device)[1] == 1.0


def test_a_run_that_was_stopped_and_resumed_gives_the_same_weights(tmp_path: Path) -> None:
    whole = train(make_run(tmp_path / "whole", epochs=3), report=lambda _epoch: None)
    with pytest.raises(PulledPlugError):
        train(make_run(tmp_path / "cut", epochs=3), report=stop_after(2))

    resumed = make_run(tmp_path / "cut", epochs=3)
    model = train(resumed, resume=True, report=lambda _epoch: None)

    assert [epoch["number"] for epoch in resumed.history] == [0, 1, 2]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    one, two, other = (
        train(make_run(tmp_path / name, recipe=replace(TINY, seed=seed)), report=lambda _epoch: None)
        for name, seed in (("one", 1), ("two", 1), ("other", 2))
    )

    assert torch.equal(one.head.weight, two.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)


def test_resuming_a_finished_run_trains_no_more(tmp_path: Path) -> None:
    train(make_run(tmp_path), report=lambda _epoch: None)
    epochs: list[Epoch] = []

    train(make_run(tmp_path), resume=True, report=epochs.append)

    assert epochs == []


def test_resuming_without_a_checkpoint_starts_from_the_beginning(tmp_path: Path) -> None:
    epochs: list[Epoch] = []

    train(make_run(tmp_path, epochs=1), resume=True, report=epochs.append)

    assert len(epochs) == 1


def test_a_checkpoint_of_other_classes_is_refused(tmp_path: Path) -> None:
    train(make_run(tmp_path, epochs=1), report=lambda _epoch: None)
    run = make_run(tmp_path, epochs=2)
    run.classes = ("no_mask", "mask")

    with pytest.raises(LearningError, match="other classes"):
        train(run, resume=True, report=lambda _epoch: None)


def test_a_run_of_minutes_ends_when_they_are_over(tmp_path: Path) -> None:
    run = make_run(tmp_path, epochs=10_000, minutes=0.001)

    train(run, report=lambda _epoch: None)

    assert run.epoch < 5


def test_the_weights_of_the_best_epoch_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([0.5, 0.3, 0.9])
    monkeypatch.setattr("training.learning.loop.assess", lambda *_args: (next(losses), 1.0))
    kept: list[torch.Tensor] = []
    run = make_run(tmp_path, epochs=3)

    def report(epoch: Epoch) -> None:
        kept.append(best_model(run, build("slim_vgg16", CLASSES)).head.weight.detach().clone())

    model = train(run, report=report)

    assert [epoch["best"] for epoch in run.history] == [True, True, False]
    assert torch.equal(model.head.weight, kept[1])
    assert torch.equal(kept[1], kept[2])
    assert not torch.equal(kept[0], kept[1])


def test_pictures_grow_and_the_best_epoch_is_one_of_the_last_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses, sizes = iter([0.1, 0.9, 0.8, 0.85]), []
    monkeypatch.setattr(
        "training.learning.loop.assess", lambda _m, _l, size, _d: sizes.append(size) or (next(losses), 1.0)
    )
    run = make_run(tmp_path, epochs=4, recipe=replace(TINY, size=48, sizes=((0.3, 0.667), (0.7, 1.0))))

    train(run, report=lambda _epoch: None)

    assert sizes == [32, 48, 48, 48]
    assert [epoch["best"] for epoch in run.history] == [True, True, True, False]
    assert (run.size, run.best_loss) == (48, 0.8)


def test_without_a_finished_epoch_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="more time"):
        best_model(make_run(tmp_path), nn.Linear(1, 1))


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    nn.init.constant_(run.model.head.weight, float("inf"))

    with pytest.raises(LearningError, match="lower the learning rate"):
        train(run, report=lambda _epoch: None)


def test_a_mixed_picture_stays_mostly_itself() -> None:
    torch.manual_seed(0)
    drawn = [mixing(8, 0.3) for _ in range(50)]

    assert all(0.5 <= share <= 1 for share, _ in drawn)
    assert len({share for share, _ in drawn}) == 50
    assert all(sorted(partners.tolist()) == list(range(8)) for _, partners in drawn)


def test_without_mixup_every_picture_is_alone() -> None:
    share, partners = mixing(4, 0.0)

    assert (share, partners.tolist()) == (1.0, [0, 1, 2, 3])


def test_only_matrices_decay_and_frozen_layers_are_left_alone() -> None:
    model = build("slim_vgg16", CLASSES)
    model.features[0].requires_grad_(requires_grad=False)

    decaying, others = make_optimizer(model, OURS).param_groups

    assert (decaying["weight_decay"], others["weight_decay"]) == (OURS.weight_decay, 0)
    assert {p.ndim for p in others["params"]} == {1}
    assert len(decaying["params"]) == 12 + 1


@pytest.mark.parametrize(("name", "kind"), [("sgd", torch.optim.SGD), ("adamw", torch.optim.AdamW)])
def test_the_recipe_names_the_optimizer(name: str, kind: type) -> None:
    assert isinstance(make_optimizer(nn.Linear(2, 2), replace(OURS, optimizer=name)), kind)


def test_the_average_moves_quickly_at_first_and_slowly_later() -> None:
    model, moved = nn.BatchNorm1d(1), {}
    nn.init.constant_(model.weight, 1.0)
    for step in (0, 100, 100_000):
        average = nn.BatchNorm1d(1)
        nn.init.constant_(average.weight, 0.0)
        follow(average, model, 0.998, step)
        moved[step] = float(average.weight.detach())

    assert moved[0] == pytest.approx(0.9)
    assert moved[0] > moved[100] > moved[100_000]
    assert moved[100_000] == pytest.approx(0.002)


def test_without_averaging_the_last_weights_are_kept_once_and_can_be_resumed(tmp_path: Path) -> None:
    recipe = replace(TINY, average=0.0)
    whole = train(make_run(tmp_path / "whole", epochs=3, recipe=recipe), report=lambda _epoch: None)
    with pytest.raises(PulledPlugError):
        train(make_run(tmp_path / "cut", epochs=3, recipe=recipe), report=stop_after(1))

    resumed = train(make_run(tmp_path / "cut", epochs=3, recipe=recipe), resume=True, report=lambda _epoch: None)

    assert torch.equal(whole.head.weight, resumed.head.weight)
    assert not any(name.startswith("average/") for name in load_file(tmp_path / "cut" / "last.safetensors"))


def test_in_validation_every_class_counts_the_same() -> None:
    class Always(nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[2.0, 0.0]]).expand(len(pictures), 2)

    loader = Loader(make_samples({"mask": 9, "no_mask": 1}), CLASSES, 4)

    loss, accuracy = assess(Always(), loader, 32, torch.device("cpu"))

    right, wrong = (float(-torch.tensor([2.0, 0.0]).log_softmax(0)[place]) for place in (0, 1))
    assert loss == pytest.approx((right + wrong) / 2)
    assert accuracy == pytest.approx(0.9)
    assert logits_of(Always(), loader, 32, torch.device("cpu")).shape == (10, 2)

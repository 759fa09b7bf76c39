"""The finder's training loop on drawn photos: tiny pictures, few steps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn

from detection.vision.finder_network import SlimVGG16SSD
from tests.training.learning.finding.drawn import draw
from training.learning.errors import LearningError
from training.learning.finding.compose import Composer, Stock
from training.learning.finding.loop import FinderRun, batches, frozen_layers, make_optimizer, train_finder
from training.learning.finding.recipe import FinderRecipe
from training.learning.schedule import Plan

TINY = FinderRecipe(size=64, batch=2, epoch_batches=2, epochs=2, frozen_groups=1)
PHOTOS = [draw(160, 120, (20, 20, 60, 70, 0), (90, 30, 130, 80, 1)), draw(120, 160, (30, 60, 80, 120, 2))]


def make_composer() -> Composer:
    return Composer(Stock(PHOTOS, []))


def make_run(
    folder: Path, recipe: FinderRecipe = TINY, epochs: int = 2, minutes: float | None = None, **changes: Any
) -> FinderRun:
    torch.manual_seed(recipe.seed)
    return FinderRun(SlimVGG16SSD(3, divisor=16), make_composer(), recipe, Plan(epochs, minutes), folder, **changes)


def quiet(_told: dict[str, Any]) -> None: ...


class PulledPlugError(Exception):
    """Somebody pulled the plug."""


def pull_plug(_told: dict[str, Any]) -> None:
    raise PulledPlugError


def same(one: nn.Module, other: nn.Module) -> bool:
    values = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == also and torch.equal(value, twin) for (name, value), (also, twin) in values)


def test_every_epoch_is_reported_with_its_losses(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    run = make_run(tmp_path)

    model = train_finder(run, report=told.append)

    assert [epoch["epoch"] for epoch in told] == [0, 1]
    assert all(epoch[f"{part}_loss"] > 0 for epoch in told for part in ("face", "box", "label"))
    assert run.history == told
    assert told[1]["seconds"] >= told[0]["seconds"] > 0
    assert not model.training


def test_a_run_that_was_stopped_and_resumed_gives_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    whole = train_finder(make_run(tmp_path / "whole"), report=quiet)
    with pytest.raises(PulledPlugError):
        train_finder(make_run(tmp_path / "cut"), report=pull_plug)

    resumed = make_run(tmp_path / "cut")
    model = train_finder(resumed, resume=True, report=quiet)

    assert [epoch["epoch"] for epoch in resumed.history] == [0, 1]
    assert same(model, whole)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    one, two, other = (
        train_finder(make_run(tmp_path / name, replace(TINY, seed=seed), epochs=1), report=quiet)
        for name, seed in (("one", 1), ("two", 1), ("other", 2))
    )

    assert same(one, two)
    assert not same(one, other)


def test_the_checkpoint_lies_in_the_runs_folder_after_every_epoch(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    there: list[bool] = []

    train_finder(run, report=lambda _told: there.append(run.last.is_file()))

    assert there == [True, True]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["last.safetensors"]
    with safe_open(run.last, framework="pt") as file:
        assert {name.split("/")[0] for name in file.keys()} == {"model", "average", "optimizer"}  # noqa: SIM118


def test_resuming_a_finished_run_trains_no_more_and_gives_its_weights(tmp_path: Path) -> None:
    done = train_finder(make_run(tmp_path), report=quiet)

    again = train_finder(make_run(tmp_path, replace(TINY, seed=5)), resume=True, report=pull_plug)

    assert same(done, again)


def test_resuming_without_a_checkpoint_starts_from_the_beginning(tmp_path: Path) -> None:
    run = make_run(tmp_path, epochs=1)

    train_finder(run, resume=True, report=quiet)

    assert run.epoch == 1


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "last.safetensors").write_bytes(b"something else")

    with pytest.raises(LearningError, match="start again without --resume"):
        train_finder(make_run(tmp_path), resume=True, report=quiet)


def test_frozen_groups_stay_as_they_were_and_the_rest_learns(tmp_path: Path) -> None:
    run = make_run(tmp_path, replace(TINY, frozen_groups=2), epochs=1)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}

    model = train_finder(run, report=quiet)

    first_free = 14  # two groups of two convolutions with normalisation, ReLU and one pooling each
    for trained in (run.model, model):
        after = trained.state_dict()
        for name, value in before.items():
            group = int(name.split(".")[1]) if name.startswith("features.") else first_free
            if group < first_free:
                assert torch.equal(after[name], value), name
        assert not torch.equal(after["features.14.weight"], before["features.14.weight"])
        assert not torch.equal(after["heads.0.3.bias"], before["heads.0.3.bias"])


@pytest.mark.parametrize(("groups", "layers"), [(0, 0), (1, 7), (2, 14), (5, 44)])
def test_groups_end_with_their_pooling(groups: int, layers: int) -> None:
    assert len(list(frozen_layers(SlimVGG16SSD(3, divisor=16), groups))) == layers


def test_matrices_decay_and_frozen_layers_are_left_alone() -> None:
    decaying, others = make_optimizer(SlimVGG16SSD(3, divisor=16), TINY).param_groups

    assert (decaying["weight_decay"], others["weight_decay"]) == (TINY.weight_decay, 0)
    assert {value.ndim for value in others["params"]} == {1}
    assert all(value.requires_grad for value in [*decaying["params"], *others["params"]])


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    nn.init.constant_(run.model.heads[0][-1].weight, float("nan"))

    with pytest.raises(LearningError, match="lower the learning rate"):
        train_finder(run, report=quiet)
    assert not run.last.exists()


def test_a_run_of_minutes_ends_when_they_are_over(tmp_path: Path) -> None:
    run = make_run(tmp_path, epochs=10_000, minutes=0.001)

    train_finder(run, report=quiet)

    assert 1 <= run.epoch < 5


@pytest.mark.parametrize(("every", "assessed"), [(1, [True, True, True]), (2, [False, True, True])])
def test_the_averaged_model_is_measured_now_and_then_and_at_the_end(
    every: int, assessed: list[bool], tmp_path: Path
) -> None:
    seen: list[bool] = []

    def assess(model: SlimVGG16SSD) -> dict[str, float]:
        seen.append(model.training)
        return {"validation_recall": 0.5}

    run = make_run(tmp_path, replace(TINY, epoch_batches=1), epochs=3, assess=assess, assess_every=every)
    train_finder(run, report=quiet)

    assert [epoch.get("validation_recall") == 0.5 for epoch in run.history] == assessed
    assert not any(seen)


class TestBatches:
    def test_an_epoch_has_its_number_of_batches_and_now_and_then_one_of_larger_pictures(self) -> None:
        recipe = replace(TINY, batch=8, epoch_batches=5, large_every=4)

        shapes = [(len(batch), batch[0].pixels.shape[0]) for batch in batches(make_composer(), recipe, 0)]

        assert shapes == [(8, 64), (8, 64), (8, 64), (2, 128), (8, 64)]

    def test_pictures_are_the_same_for_the_same_epoch_and_others_in_the_next(self) -> None:
        def first(epoch: int) -> np.ndarray:
            return next(batches(make_composer(), TINY, epoch))[0].pixels

        assert np.array_equal(first(0), first(0))
        assert not np.array_equal(first(0), first(1))

    def test_one_batch_has_different_pictures(self) -> None:
        one, other = next(batches(make_composer(), TINY, 0))

        assert not np.array_equal(one.pixels, other.pixels)

    def test_an_error_while_making_a_picture_reaches_the_loop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        composer = make_composer()
        fail: Callable[..., object] = lambda *_given: 1 / 0  # noqa: E731
        monkeypatch.setattr(composer, "picture", fail)

        with pytest.raises(ZeroDivisionError):
            next(batches(composer, TINY, 0))

"""The finder's training loop: batches made while the network works, an average of the weights, checkpoints."""

import copy
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from detection.vision.classifier import pick_dtype
from detection.vision.finder_network import SlimVGG16SSD, cells_of
from detection.vision.spec import IMAGENET_MEAN, IMAGENET_STD
from training.learning.batches import tensor_of
from training.learning.checkpoint import load_checkpoint, save_checkpoint
from training.learning.errors import LearningError
from training.learning.finding.compose import Composer
from training.learning.finding.loss import Losses, losses
from training.learning.finding.marked import Marked
from training.learning.finding.recipe import FinderRecipe
from training.learning.loop import follow
from training.learning.schedule import Plan, learning_rate

AHEAD = 3


@dataclass(slots=True)
class FinderRun:
    """A training run of the finder, and where it stands. `assess` measures the averaged model after an epoch."""

    model: SlimVGG16SSD
    composer: Composer
    recipe: FinderRecipe
    plan: Plan
    folder: Path
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    assess: Callable[[SlimVGG16SSD], dict[str, float]] | None = None
    assess_every: int = 5
    seconds: float = 0.0
    epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> Path:
        return self.folder / "last.safetensors"


def train_finder(
    run: FinderRun, *, resume: bool = False, report: Callable[[dict[str, Any]], object] = print
) -> SlimVGG16SSD:
    """Trains until the plan ends and gives the averaged model, in eval mode.

    With the same seed, data and number of epochs, a run that was stopped and resumed gives the same weights as one that
    was not (on a CPU with as many threads).
    """
    model = run.model.to(run.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(model).requires_grad_(requires_grad=False)
    optimizer = make_optimizer(model, run.recipe)
    models = {"model": model, "average": average}
    if resume and run.last.is_file():
        restore(run, load_checkpoint(run.last, models, optimizer))
    while run.plan.progress(run.epoch, 0, run.seconds) < 1:
        told = one_epoch(run, models, optimizer)
        run.epoch += 1
        if run.assess and (run.epoch % run.assess_every == 0 or run.plan.progress(run.epoch, 0, run.seconds) >= 1):
            told.update(run.assess(average.eval()))
        run.history.append(told)
        save_checkpoint(run.last, models, optimizer, state_of(run))
        report(told)
    return average.eval()


def make_optimizer(model: nn.Module, recipe: FinderRecipe) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter, 2019); biases and normalisation do not decay."""
    freeze(model, recipe.frozen_groups)
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in learnt if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def frozen_layers(model: nn.Module, groups: int) -> Iterator[nn.Module]:
    left = groups
    for layer in model.features:  # type: ignore[union-attr]
        if left == 0:
            return
        left -= isinstance(layer, nn.MaxPool2d)
        yield layer


def freeze(model: nn.Module, groups: int) -> None:
    for layer in frozen_layers(model, groups):
        layer.requires_grad_(requires_grad=False)


def one_epoch(run: FinderRun, models: dict[str, nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    model, recipe, started = models["model"], run.recipe, time.monotonic()
    model.train()
    for layer in frozen_layers(model, recipe.frozen_groups):
        layer.eval()
    sums, count, rate = np.zeros(3), 0, 0.0
    for number, batch in enumerate(batches(run.composer, recipe, run.epoch)):
        seconds = run.seconds + time.monotonic() - started
        progress = run.plan.progress(run.epoch, number / recipe.epoch_batches, seconds)
        if progress >= 1:
            break
        rate = learning_rate(recipe, progress)
        values = step(model, optimizer, batch, run.device, rate)
        sums, count = sums + [float(value.detach()) for value in values], count + 1
        follow(models["average"], model, recipe.average, run.epoch * recipe.epoch_batches + number)
    run.seconds += time.monotonic() - started
    face, box, label = (sums / max(count, 1)).round(4).tolist()
    return {
        "epoch": run.epoch, "learning_rate": rate, "face_loss": face, "box_loss": box, "label_loss": label,
        "seconds": round(run.seconds, 1),
    }  # fmt: skip


def step(
    model: nn.Module, optimizer: torch.optim.Optimizer, batch: list[Marked], device: torch.device, rate: float
) -> Losses:
    for group in optimizer.param_groups:
        group["lr"] = rate
    pictures = tensor_of(np.stack([picture.pixels for picture in batch]), IMAGENET_MEAN, IMAGENET_STD, device)
    dtype = pick_dtype(device)
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        found = model(pictures)
    middles, strides = cells_of(*pictures.shape[2:])
    values = losses(found, batch, (middles.to(device), strides.to(device)))
    if not torch.isfinite(values.total):
        raise LearningError("The loss is no number any more: lower the learning rate and start again.")
    optimizer.zero_grad(set_to_none=True)
    values.total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_((p for p in model.parameters() if p.requires_grad), 10.0)
    optimizer.step()
    return values


def batches(composer: Composer, recipe: FinderRecipe, epoch: int) -> Iterator[list[Marked]]:
    """The epoch's batches, made ahead in a thread; the same seed and epoch give the same pictures in any process."""
    cv2.setNumThreads(1)

    def make(number: int) -> list[Marked]:
        side, count = recipe.shape_of(number)
        keys = ((recipe.seed, epoch, number, place) for place in range(count))
        return [composer.picture(side, np.random.default_rng(key)) for key in keys]

    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(make, number) for number in range(min(AHEAD, recipe.epoch_batches))]
        try:
            for number in range(recipe.epoch_batches):
                batch = waiting.pop(0).result()
                if number + AHEAD < recipe.epoch_batches:
                    waiting.append(pool.submit(make, number + AHEAD))
                yield batch
        finally:
            for task in waiting:
                task.cancel()


def state_of(run: FinderRun) -> dict[str, Any]:
    return json.loads(json.dumps({"epoch": run.epoch, "seconds": run.seconds, "history": run.history}))


def restore(run: FinderRun, state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(run, name, value)

"""The training loop: epochs of batches, an average of the weights, a checkpoint after each, the best kept."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from detection.vision.spec import IMAGENET_MEAN, IMAGENET_STD
from training.learning.batches import CHANGES, Loader, draw, tensor_of
from training.learning.checkpoint import load_checkpoint, save_checkpoint, save_weights
from training.learning.errors import LearningError
from training.learning.recipes import Recipe
from training.learning.samples import Sample
from training.learning.schedule import Plan, learning_rate


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch reached; losses in nats, accuracy over all classes, 0 to 1."""

    number: int
    size: int
    learning_rate: float
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    best: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Run:
    """A training run: what it learns from, and where it stands."""

    model: nn.Module
    classes: Sequence[str]
    train: Sequence[Sample]
    validation: Sequence[Sample]
    recipe: Recipe
    plan: Plan
    folder: Path
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    seconds: float = 0.0
    epoch: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The side of the pictures in the last epoch, which is also that of the best one."""
        return int(self.history[-1]["size"]) if self.history else self.recipe.size

    @property
    def last(self) -> Path:
        return self.folder / "last.safetensors"

    @property
    def best(self) -> Path:
        return self.folder / "best.safetensors"


def make_optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Weights decay; biases and normalisation do not (He et al., "Bag of Tricks", 2019)."""
    wanted = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in wanted if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in wanted if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=recipe.learning_rate)
    nesterov = recipe.nesterov and recipe.momentum > 0
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=nesterov)


def train(run: Run, *, resume: bool = False, report: Callable[[Epoch], object] = print) -> nn.Module:
    """Trains until the plan ends; gives the average model of the epoch with the lowest validation loss.

    With the same seed, data and number of epochs, a run that was stopped and resumed gives the same weights as one
    that was not (on a CPU with as many threads).
    """
    model = run.model.to(run.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(model).requires_grad_(requires_grad=False) if run.recipe.average else model
    optimizer = make_optimizer(model, run.recipe)
    models = {"model": model, "average": average}
    kept = models if run.recipe.average else {"model": model}
    if resume and run.last.is_file():
        _restore(run, load_checkpoint(run.last, kept, optimizer))
    loader = Loader(run.train, run.classes, run.recipe.batch)
    watch = Loader(run.validation, run.classes, 64)
    while run.plan.progress(run.epoch, 0, run.seconds) < 1:
        done = _epoch(run, models, optimizer, loader, watch)
        run.history.append(done.to_json())
        if done.best:
            save_weights(run.best, average)
        run.epoch += 1
        save_checkpoint(run.last, kept, optimizer, _state(run))
        report(done)
    return best_model(run, average)


def best_model(run: Run, model: nn.Module) -> nn.Module:
    """Fills the model with the weights of the best epoch."""
    if not run.best.is_file():
        raise LearningError(f"{run.folder} holds no finished epoch: give the run more time.")
    model.load_state_dict(load_file(run.best))
    return model.eval()


def _state(run: Run) -> dict[str, Any]:
    names = ("epoch", "seconds", "best_loss", "history")
    return {**{name: getattr(run, name) for name in names}, "classes": list(run.classes)}


def _restore(run: Run, state: dict[str, Any]) -> None:
    if state.pop("classes") != list(run.classes):
        raise LearningError(f"{run.last} was trained on other classes: start again without --resume.")
    for name, value in state.items():
        setattr(run, name, value)


def _epoch(
    run: Run, models: dict[str, nn.Module], optimizer: torch.optim.Optimizer, loader: Loader, watch: Loader
) -> Epoch:
    recipe, started = run.recipe, time.monotonic()
    torch.manual_seed(recipe.seed * 100_003 + run.epoch)
    size = recipe.size_at(run.plan.progress(run.epoch, 1, run.seconds))
    shares = recipe.shares if recipe.balanced else None
    labels = [sample.label for sample in run.train]
    chosen = draw(labels, shares, recipe.epoch_pictures, np.random.default_rng((recipe.seed, run.epoch)))
    batches = loader.training(chosen, size, CHANGES[recipe.augmentation], (recipe.seed, run.epoch))
    models["model"].train()
    losses: list[float] = []
    rate = 0.0
    for number, batch in enumerate(batches):
        seconds = run.seconds + time.monotonic() - started
        progress = run.plan.progress(run.epoch, number * recipe.batch / len(chosen), seconds)
        if progress >= 1:
            break
        rate = learning_rate(recipe, progress)
        pictures = tensor_of(batch.pictures, IMAGENET_MEAN, IMAGENET_STD, run.device)
        losses.append(_step(models["model"], optimizer, pictures, batch.targets, recipe, rate))
        step = run.epoch * -(-len(chosen) // recipe.batch) + number
        if recipe.average:
            follow(models["average"], models["model"], recipe.average, step)
    loss, accuracy = assess(models["average"], watch, size, run.device)
    run.seconds += time.monotonic() - started
    # A network judges best at the size it was just trained on: losses of different sizes cannot be compared.
    best = loss < run.best_loss or size != run.size
    run.best_loss = loss if best else run.best_loss
    train_loss = float(np.mean(losses)) if losses else float("nan")
    return Epoch(run.epoch, size, rate, train_loss, loss, accuracy, round(run.seconds, 1), best)


def _step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    pictures: torch.Tensor,
    targets: np.ndarray[Any, Any],
    recipe: Recipe,
    rate: float,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    wanted = torch.from_numpy(targets).to(pictures.device)
    share, partners = mixing(len(wanted), recipe.mixup)
    logits = model(pictures.lerp(pictures[partners], 1 - share) if share < 1 else pictures)
    both = ((share, wanted), (1 - share, wanted[partners]))
    smoothing = recipe.label_smoothing
    parts = [part * functional.cross_entropy(logits, w, label_smoothing=smoothing) for part, w in both if part]
    loss = torch.stack(parts).sum()
    if not torch.isfinite(loss):
        raise LearningError("The loss is no number any more: lower the learning rate and start again.")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_((p for p in model.parameters() if p.requires_grad), 5.0)
    optimizer.step()
    return float(loss.detach())


def mixing(count: int, mixup: float) -> tuple[float, torch.Tensor]:
    """How much of each picture stays, and which other one is mixed in (Zhang et al., "mixup", 2018)."""
    if not mixup:
        return 1.0, torch.arange(count)
    share = float(torch.distributions.Beta(mixup, mixup).sample())
    return max(share, 1 - share), torch.randperm(count)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, keep: float, step: int) -> None:
    """Moves the average towards the model; quicker in the first steps, so that the random start is forgotten."""
    keep = min(keep, (1 + step) / (10 + step))
    current = model.state_dict()
    for name, value in average.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(current[name], 1 - keep)
        else:
            value.copy_(current[name])


@torch.inference_mode()
def logits_of(model: nn.Module, loader: Loader, size: int, device: torch.device) -> torch.Tensor:
    """Logits (count, classes) on the CPU of every sample of the loader, in order."""
    model.eval()
    parts = [
        model(tensor_of(batch.pictures, IMAGENET_MEAN, IMAGENET_STD, device)).float().cpu()
        for batch in loader.validation(size)
    ]
    return torch.cat(parts)


def assess(model: nn.Module, loader: Loader, size: int, device: torch.device) -> tuple[float, float]:
    """Mean loss in nats, each class counting the same, and plain accuracy."""
    logits = logits_of(model, loader, size, device)
    targets = torch.from_numpy(loader.targets)
    counts = torch.bincount(targets, minlength=logits.shape[1]).clamp(min=1)
    loss = functional.cross_entropy(logits, targets, weight=1.0 / counts)
    return float(loss), float((logits.argmax(1) == targets).float().mean())

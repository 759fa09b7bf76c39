"""One training run from the folders to the weights file."""

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from detection.vision.classifier import pick_device
from detection.vision.network import build, with_new_head
from detection.vision.spec import ModelSpec
from detection.vision.weights import load, save, write_whole
from training.learning.batches import Loader
from training.learning.calibrate import expected_weights, fit, shift_outputs, softmax, with_thresholds
from training.learning.data import Learnt, Sources, gather, made_harder, scenes_of
from training.learning.errors import LearningError
from training.learning.evaluate import Judged, report_on
from training.learning.loop import Epoch, Run, logits_of, train
from training.learning.metrics import Probabilities
from training.learning.mining import Found, search, shipped
from training.learning.progress import Progress
from training.learning.recipes import RECIPES, Recipe
from training.learning.samples import Sample
from training.learning.schedule import Plan


def recipe_of(options: Namespace) -> Recipe:
    """The named recipe with what the options change; what knows faces already needs no small pictures first."""
    names = ("epochs", "batch", "size", "epoch_pictures", "learning_rate", "seed")
    changes = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    recipe = replace(RECIPES[options.recipe], **changes)
    return replace(recipe, sizes=()) if options.improve else recipe


def train_and_save(options: Namespace, progress: Progress) -> dict[str, Any]:
    """Trains, calibrates and writes the weights; gives the metrics on validation, which lie beside the checkpoints."""
    recipe = recipe_of(options)
    if options.threads:
        torch.set_num_threads(options.threads)
    folder = options.work or options.out.with_name(options.out.stem + ".run")
    learnt = read(options, folder, progress)
    run = make_run(options, recipe, learnt, folder)
    progress.start("train", 100)
    model = train(run, resume=options.resume, report=lambda epoch: show(progress, run, epoch))
    if options.improve:
        halfway(model, options.improve)
    spec, metrics = calibrate_and_measure(model, run, learnt, options.name or options.out.stem)
    metrics["sha256"] = save(model, spec, options.out)
    metrics["spec"] = spec.to_json()
    write_whole(folder / "metrics.json", json.dumps(metrics, indent=1).encode())
    return metrics


def show(progress: Progress, run: Run, epoch: Epoch) -> None:
    part = run.plan.progress(run.epoch, 0, run.seconds)
    progress.epoch({**epoch.to_json(), "progress": round(part, 4)})


def read(options: Namespace, folder: Path, progress: Progress) -> Learnt:
    sources = Sources(options.data, options.incorrect, options.scenes)
    found = found_boxes(sources, options, folder, progress)
    progress.start("read", None)
    return gather(sources, found, progress.step)


def found_boxes(sources: Sources, options: Namespace, folder: Path, progress: Progress) -> Found:
    """What the finders find on the scenes, kept beside the checkpoints."""
    scenes = scenes_of(sources)
    if not scenes:
        return {}
    progress.start("find faces", len(scenes))
    return search(scenes, folder / "boxes.json", shipped(options.finder_weights, options.device), progress.step)


def make_run(options: Namespace, recipe: Recipe, learnt: Learnt, folder: Path) -> Run:
    torch.manual_seed(recipe.seed)
    return Run(
        model=starting_model(options, recipe, learnt.classes),
        classes=learnt.classes,
        train=learnt.train,
        validation=watched(learnt, recipe),
        recipe=recipe,
        plan=Plan(recipe.epochs, options.minutes),
        folder=folder,
        device=pick_device(options.device),
    )


def watched(learnt: Learnt, recipe: Recipe) -> list[Sample]:
    """The validation samples; with our recipe once more as other cameras would give them."""
    if recipe.augmentation != "camera":
        return learnt.validation
    return [*learnt.validation, *made_harder(learnt.validation, recipe.size)]


def starting_model(options: Namespace, recipe: Recipe, classes: tuple[str, ...]) -> nn.Module:
    if options.improve:
        return known_model(options.improve, recipe, classes)
    if not recipe.pretrained:
        return build(recipe.architecture, classes)
    from detection.vision.pretrained import imagenet_vgg16

    return with_new_head(imagenet_vgg16(options.base_weights, options.base_sha256), len(classes))


def known_model(path: Path, recipe: Recipe, classes: tuple[str, ...]) -> nn.Module:
    """The model in a weights file; LearningError unless it is of this recipe's kind and knows the same classes."""
    model, spec = load(path)
    if (spec.architecture, spec.classes) != (recipe.architecture, classes):
        knows = f"{spec.architecture} for {', '.join(spec.classes)}"
        raise LearningError(f"{path} is a {knows}, the data needs {recipe.architecture} for {', '.join(classes)}.")
    return model


@torch.no_grad()
def halfway(model: nn.Module, path: Path) -> None:
    """Moves the model's weights halfway to those in the file: more robust than either (Wortsman et al., "Robust
    fine-tuning of zero-shot models", 2022)."""
    known = load(path)[0].state_dict()
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.lerp_(known[name].to(value), 0.5)


def calibrate_and_measure(model: nn.Module, run: Run, learnt: Learnt, name: str) -> tuple[ModelSpec, dict[str, Any]]:
    """The calibrated spec, and metrics on the validation samples as they are and made harder; shifts the outputs."""
    loader = Loader(run.validation, run.classes, 64)
    logits = logits_of(model, loader, run.size, run.device).numpy().astype(np.float64)
    spec = ModelSpec(run.recipe.architecture, tuple(run.classes), run.size, name=name)
    temperature, shift = fit(logits, loader.targets, expected_weights(run.classes, loader.targets))
    shift_outputs(model, shift)
    probabilities = softmax(logits + shift, temperature)
    plain = len(learnt.validation)
    spec = replace(spec, temperature=round(temperature, 4))
    spec = with_thresholds(spec, probabilities, loader.targets)
    metrics = {
        "validation": measured(run.validation[:plain], probabilities[:plain], run.classes),
        "validation_harder": measured(run.validation[plain:], probabilities[plain:], run.classes),
        "logit_shift": dict(zip(run.classes, map(float, shift), strict=True)),
        "samples": learnt.counts(),
        "recipe": asdict(run.recipe),
        "minutes": round(run.seconds / 60, 1),
        "epochs": run.epoch,
        "history": run.history,
    }
    return spec, metrics


def measured(samples: Sequence[Sample], probabilities: Probabilities, classes: Sequence[str]) -> dict[str, Any] | None:
    if not samples:
        return None
    return report_on(Judged(probabilities, [s.label for s in samples], [s.source for s in samples]), classes)

"""One run of the finder from the folders to the weights file."""

import copy
import json
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import torch

from detection.vision.classifier import Classifier, pick_device
from detection.vision.closer import CLOSER_PIXELS
from detection.vision.finder_network import SlimVGG16SSD
from detection.vision.finder_spec import FinderSpec
from detection.vision.ssd import SsdFinder, load
from detection.vision.weights import read_tensors, save, write_whole
from training.learning.data import Sources
from training.learning.errors import LearningError
from training.learning.finding.choose import FAINTEST, Watched, best_threshold, chosen_spec, watch
from training.learning.finding.compose import Composer
from training.learning.finding.loop import FinderRun, train_finder
from training.learning.finding.marked import CLASSES
from training.learning.finding.recipe import FINDER_RECIPE, FinderRecipe
from training.learning.finding.stock import gather_stock, split_scenes
from training.learning.progress import Progress
from training.learning.scenes import Scene
from training.learning.schedule import Plan

HINT = 0.4  # fainter boxes are mostly none, and each would cost a closer look


def train_and_save_finder(options: Namespace, progress: Progress) -> dict[str, Any]:
    """Trains, chooses the thresholds on held-out photos and writes the weights; gives the metrics, which lie beside
    the checkpoints, too."""
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = recipe_of(options)
    folder = options.work or options.out.with_name(options.out.stem + ".run")
    sources = Sources(options.data, options.incorrect, options.scenes)
    held = split_scenes(sources)[1]
    classifier = Classifier.from_file(options.classifier, device=options.device)
    progress.start("read", None)
    composer = Composer(gather_stock(sources, progress.step))
    run = FinderRun(
        model=known_finder(options.improve) if options.improve else starting_finder(options.classifier, recipe.seed),
        composer=composer,
        recipe=recipe,
        plan=Plan(recipe.epochs, options.minutes),
        folder=folder,
        device=pick_device(options.device),
        assess=lambda model: headline(watched_by(model, FinderSpec(), classifier, held, closer_pixels=0)),
    )
    progress.start("train", 100)
    model = train_finder(run, resume=options.resume, report=lambda told: show(progress, run, told))
    progress.start("choose thresholds", len(held))
    spec, weighed = choose(model, options, classifier, held, progress)
    metrics = {
        "spec": spec.to_json(),
        "validation": weighed,
        "photos": {"train": len(composer.stock.photos), "validation": len(held), "faces": len(composer.stock.crops)},
        "recipe": asdict(recipe),
        "minutes": round(run.seconds / 60, 1),
        "epochs": run.epoch,
        "history": run.history,
    }
    metrics["sha256"] = save(model, spec, options.out)
    write_whole(folder / "metrics.json", json.dumps(metrics, indent=1).encode())
    return metrics


def recipe_of(options: Namespace) -> FinderRecipe:
    names = ("epochs", "batch", "size", "epoch_batches", "learning_rate", "seed")
    changes = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    return replace(FINDER_RECIPE, **changes)


def starting_finder(classifier: Path, seed: int) -> SlimVGG16SSD:
    """A finder on the convolutions of a trained classifier: they know faces and masks already."""
    torch.manual_seed(seed)
    model, known = SlimVGG16SSD(len(CLASSES)), read_tensors(classifier)
    features = {name.removeprefix("features."): v for name, v in known.items() if name.startswith("features.")}
    try:
        model.features.load_state_dict(features)
    except RuntimeError as error:
        raise LearningError(f"{classifier} is no slim VGG16: a finder starts from the weights of one.") from error
    return model


def known_finder(path: Path) -> SlimVGG16SSD:
    """The network in a finder's weights file, to go on learning; WeightsError when it cannot be used."""
    return cast(SlimVGG16SSD, load(path)[0])


def watched_by(
    model: SlimVGG16SSD,
    spec: FinderSpec,
    classifier: Classifier,
    held: list[Scene],
    report: Callable[[], object] = lambda: None,
    closer_pixels: int = CLOSER_PIXELS,
) -> Watched:
    """What a copy of the model finds on the held-out photos when next to everything counts as found."""
    everything = replace(spec, found_above=FAINTEST, faint_above=FAINTEST)
    finder = SsdFinder(copy.deepcopy(model), everything, str(next(model.parameters()).device), closer_pixels)
    return watch(finder, classifier, held, report, hint=spec.faint_above)


def headline(watched: Watched) -> dict[str, float]:
    """Recall on the held-out photos where nine of ten boxes hold a face."""
    return {"validation_recall": best_threshold(watched, weight=0.3, precision=0.9)["recall"]}


def choose(
    model: SlimVGG16SSD, options: Namespace, classifier: Classifier, held: list[Scene], progress: Progress
) -> tuple[FinderSpec, dict[str, Any]]:
    spec = FinderSpec(name=options.name or options.out.stem, working_side=options.working_side, faint_above=HINT)
    return chosen_spec(watched_by(model, spec, classifier, held, progress.step), spec, options.precision)


def show(progress: Progress, run: FinderRun, told: dict[str, Any]) -> None:
    part = run.plan.progress(run.epoch, 0, run.seconds)
    progress.finder_epoch({**told, "progress": round(part, 4)})

"""`python -m training.learning train-finder|evaluate-finder`: the words of the command line, and what they do."""

import argparse
import json
from pathlib import Path

from detection.vision.finder_spec import STARTER_FINDER, WORKING_SIDE
from detection.vision.spec import STARTER
from training.learning.finding.recipe import FINDER_RECIPE
from training.learning.progress import Progress

TRAIN_HELP = "learn to find faces from whole photos with boxes, and write a weights file"
EVALUATE_HELP = "measure a finder and the classifier behind it on whole photos with boxes (COCO)"


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def positive_number(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


def searched_side(text: str) -> int:
    number = int(text)
    if not 128 <= number <= 4096:
        raise argparse.ArgumentTypeError("must be 128 to 4096 pixels")
    return number


def training_side(text: str) -> int:
    number = int(text)
    if not 64 <= number <= 1024 or number % 32:
        raise argparse.ArgumentTypeError("must be 64 to 1024 pixels, a multiple of 32")
    return number


def precision(text: str) -> float:
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return number


def add_train_finder(train: argparse.ArgumentParser) -> None:
    add = train.add_argument
    add(
        "--data",
        type=Path,
        required=True,
        help="folder with train/ of single faces, pasted into photos",
    )
    add("--scenes", type=Path, required=True, help="whole photos: images/ and annotations.json (COCO)")
    add("--incorrect", type=Path, help="a folder of faces with masks worn wrongly, pasted too")
    add("--out", type=Path, required=True, help="the weights file to write (.safetensors)")
    add("--classifier", type=Path, default=STARTER, help="a slim VGG16: start and second opinion (the starter model)")
    add("--improve", type=Path, help="start from this finder's weights instead; try a lower --learning-rate")
    add("--epochs", type=positive, help=f"how many epochs (default: {FINDER_RECIPE.epochs})")
    add("--epoch-batches", type=positive, help=f"batches per epoch (default: {FINDER_RECIPE.epoch_batches})")
    add("--minutes", type=positive_number, help="train this long instead; the schedule fits itself to it")
    add("--batch", type=positive, help="pictures per step")
    add("--size", type=training_side, help="side of the training pictures in pixels; every fourth batch has twice that")
    add("--learning-rate", type=positive_number, help="peak of the learning rate")
    add("--precision", type=precision, default=0.9, help="share of boxes that hold a face, on held-out photos (0.9)")
    add("--working-side", type=searched_side, default=WORKING_SIDE, help="longest side photos are searched at")
    add("--seed", type=int)
    add("--threads", type=positive, help="processor threads (default: torch's choice)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--name", help="name of the finder in its spec (default: the file's name)")
    add("--work", type=Path, help="folder for checkpoints (default: beside --out)")
    add("--resume", action="store_true", help="go on from the last checkpoint in that folder")
    add("--json", action="store_true", help="progress as one JSON object per line on standard output")


def add_evaluate_finder(evaluate: argparse.ArgumentParser) -> None:
    from detection.vision.faces import FINDERS

    add = evaluate.add_argument
    add("--scenes", type=Path, required=True, help="whole photos: images/ and annotations.json (COCO)")
    add("--finder", choices=FINDERS, default="ssd", help="how faces are found (ssd)")
    add("--weights", type=Path, default=STARTER_FINDER, help="the weights of ssd (the shipped ones)")
    add("--sha256", help="their SHA-256, checked before use")
    add("--classifier", type=Path, default=STARTER, help="the model that judges (the starter model)")
    add("--yunet-file", default="", help="the model of the finder yunet")
    add("--yunet-sha256", default="", help="its SHA-256")
    add(
        "--unlabelled",
        type=Path,
        help="JSON, file -> boxes of real faces nobody labelled: neither right nor wrong",
    )
    add("--iou", type=precision, default=0.4, help="overlap from which on a box finds a face (0.4)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--threads", type=positive, help="processor threads (default: torch's choice)")
    add("--json", action="store_true", help="the report as JSON on standard output")
    add("--keep", type=Path, help="also write the numbers to this file, to stay beside the weights")
    add("--run", type=Path, help="the training run's folder, whose numbers --keep adds")


def run_train_finder(options: argparse.Namespace) -> str:
    """What to tell at the end."""
    from training.learning.finding.training_run import train_and_save_finder

    progress = Progress(as_json=options.json)
    try:
        metrics = train_and_save_finder(options, progress)
    finally:
        progress.close()
    if options.json:
        return json.dumps({"event": "done", "weights": str(options.out), **metrics})
    spec = metrics["spec"]
    chosen = metrics["validation"]["thresholds"][str(spec["classifier_weight"])]
    return (
        f"{options.out}: {chosen['recall']:.1%} of the held-out faces found, {chosen['precision']:.1%} of the boxes "
        f"hold one (score {spec['found_above']} and more, classifier's weight {spec['classifier_weight']}); judged by "
        f"{spec['judged_by']}."
    )


def run_evaluate_finder(options: argparse.Namespace) -> str:
    """The report, for people or as JSON."""
    from training.learning.finding.evaluate import evaluate_finder, keep_finder, lines_of

    progress = Progress()
    try:
        report = evaluate_finder(options, progress)
    finally:
        progress.close()
    if options.keep:
        keep_finder(report, options.weights, options.run, options.keep)
    return json.dumps(report, indent=1) if options.json else "\n".join(lines_of(report))

"""The words of the command line: what can be asked of `python -m training.learning`."""

import argparse
from pathlib import Path

from detection.vision.finder_spec import STARTER_FINDER
from training.learning.finding import command as finding
from training.learning.recipes import OURS, RECIPES

TRAIN_HELP = "learn from labelled faces and write a weights file"
EVALUATE_HELP = "measure a weights file on labelled faces; every picture counts"


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def positive_minutes(text: str) -> float:
    number = float(text)
    if not 0 < number < 60 * 24 * 30:
        raise argparse.ArgumentTypeError("must be more than 0 minutes")
    return number


def picture_side(text: str) -> int:
    number = int(text)
    if not 32 <= number <= 512:
        raise argparse.ArgumentTypeError("must be 32 to 512 pixels")
    return number


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m training.learning", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    add_train(commands.add_parser("train", help=TRAIN_HELP, description=TRAIN_HELP))
    add_evaluate(commands.add_parser("evaluate", help=EVALUATE_HELP, description=EVALUATE_HELP))
    for name, help_text, add in (
        ("train-finder", finding.TRAIN_HELP, finding.add_train_finder),
        ("evaluate-finder", finding.EVALUATE_HELP, finding.add_evaluate_finder),
    ):
        add(commands.add_parser(name, help=help_text, description=help_text))
    return top


def add_train(train: argparse.ArgumentParser) -> None:
    add = train.add_argument
    add("--data", type=Path, required=True, help="folder with train/ and validation/, a folder per class in each")
    add("--out", type=Path, required=True, help="the weights file to write (.safetensors)")
    add("--incorrect", type=Path, help="a folder of faces with masks worn wrongly")
    add("--scenes", type=Path, help="whole photos: images/ and annotations.json (COCO); adds background, too")
    add(
        "--finder-weights",
        type=Path,
        default=STARTER_FINDER,
        help="whose boxes on --scenes are learned (the shipped ssd)",
    )
    add("--recipe", choices=sorted(RECIPES), default=OURS.name)
    add("--epochs", type=positive, help="how often to go through the pictures (default: the recipe's)")
    add("--minutes", type=positive_minutes, help="train this long instead; the schedule fits itself to it")
    add("--batch", type=positive, help="pictures per step")
    add("--size", type=picture_side, help="side of the pictures the network sees, in pixels")
    add("--epoch-pictures", type=positive, help="pictures per epoch")
    add("--learning-rate", type=float, help="peak of the learning rate")
    add("--seed", type=int, default=OURS.seed)
    add("--threads", type=positive, help="processor threads (default: torch's choice)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--name", help="name of the model in its spec (default: the file's name)")
    add("--work", type=Path, help="folder for checkpoints (default: beside --out)")
    add("--resume", action="store_true", help="go on from the last checkpoint in that folder")
    add("--improve", type=Path, help="start from this weights file, and end halfway between it and what was learned")
    add("--base-weights", type=Path, help="ImageNet weights of VGG16 for the notebook's recipe, without network")
    add("--base-sha256", help="their SHA-256, checked before use")
    add("--json", action="store_true", help="progress as one JSON object per line on standard output")


def add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    add = evaluate.add_argument
    add("--data", type=Path, required=True, help="folder with test/ or with a folder of pictures per class")
    add("--weights", type=Path, required=True, help="the weights file to measure")
    add("--sha256", help="its SHA-256, checked before use")
    add("--scenes", type=Path, help="also measure on the labelled boxes of whole photos (COCO)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--threads", type=positive, help="processor threads (default: torch's choice)")
    add("--json", action="store_true", help="the report as JSON on standard output")
    add("--keep", type=Path, help="also write the numbers to this file, to stay beside the weights")
    add("--run", type=Path, help="the training run's folder, whose numbers --keep adds")

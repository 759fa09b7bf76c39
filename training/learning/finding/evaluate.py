"""The report on a finder over labelled photos, and the numbers that stay with its weights."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from detection.vision.scan import Scanner, make_scanner
from detection.vision.spec import file_sha256
from detection.vision.weights import write_whole
from training.learning.errors import LearningError
from training.learning.finding.measure import Unlabelled, faces_of, report_on_faces, scan_scenes
from training.learning.keeping import read_training, rounded
from training.learning.progress import Progress
from training.learning.scenes import read_scenes

FROM_TRAINING = ("validation", "photos", "recipe", "minutes", "epochs")


def evaluate_finder(options: Namespace, progress: Progress) -> dict[str, Any]:
    """Every photo scanned as serving does; LearningError or VisionError when something cannot be used."""
    if options.keep and options.finder != "ssd":
        raise LearningError(f"--keep writes the numbers of our own finder, not those of {options.finder}.")
    if options.threads:
        torch.set_num_threads(options.threads)
    scenes = read_scenes(options.scenes)
    scanner = scanner_of(options)
    progress.start("scan", len(scenes))
    seen = scan_scenes(scenes, scanner, progress.step)
    faces = faces_of(seen, options.iou, read_unlabelled(options.unlabelled) if options.unlabelled else None)
    about = {"finder": options.finder, "scenes": str(options.scenes), "photos": len(scenes), "iou": options.iou}
    return {**about, **report_on_faces(faces)}


def scanner_of(options: Namespace) -> Scanner:
    return make_scanner(
        options.classifier,
        finder=options.finder,
        finder_weights=options.weights,
        finder_sha256=options.sha256,
        yunet_file=options.yunet_file,
        yunet_sha256=options.yunet_sha256,
        device=options.device,
    )


def read_unlabelled(path: Path) -> Unlabelled:
    """File name -> boxes; keys that start with an underscore explain the file."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: [(float(x), float(y), float(w), float(h)) for x, y, w, h in boxes]
            for name, boxes in values.items()
            if not name.startswith("_")
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise LearningError(f"{path} is no list of boxes by file name ({error}): check --unlabelled.") from error


def lines_of(report: dict[str, Any]) -> Iterator[str]:
    """The report as people read it."""
    yield (
        f"{report['finder']} on {report['photos']} photos of {report['scenes']}: {report['found']} of "
        f"{report['faces']} faces found (IoU >= {report['iou']}), {report['wrong_boxes']} boxes without a face, "
        f"precision {in_words(report['precision'])}"
    )
    for title, key in (
        ("found, all sizes", "recall"),
        ("found, 40 px and more", "recall_large"),
        ("found by size", "recall_by_size"),
        ("right label, of those found", "right_label"),
    ):
        yield f"  {title}: " + "; ".join(f"{name} {in_words(value)}" for name, value in report[key].items())
    yield f"  no_mask of 40 px and more that are flagged: {in_words(report['violations_flagged'])}"
    yield f"  masked people flagged wrongly: {in_words(report['masked_flagged'])}"


def in_words(value: dict[str, Any]) -> str:
    if value["share"] is None:
        return "none there"
    low, high = value["interval"]
    return f"{value['share']:.1%} ({value['part']} of {value['of']}; {low:.1%} to {high:.1%})"


def keep_finder(report: dict[str, Any], weights: Path, run: Path | None, path: Path) -> None:
    """Writes what was measured on test photos, and what the training run said, to `path`."""
    training = read_training(run, weights) if run else {}
    test = {key: value for key, value in report.items() if key != "scenes"}
    kept = {
        "model": weights.stem,
        "sha256": file_sha256(weights),
        "test": test,
        **{name: training[name] for name in FROM_TRAINING if name in training},
    }
    write_whole(path, (json.dumps(rounded(kept), indent=1) + "\n").encode())

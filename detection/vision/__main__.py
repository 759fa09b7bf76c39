"""`python -m detection.vision scan|judge`: vision from the command line, without a database."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detection.vision.closer import CLOSER_PIXELS
from detection.vision.command import Output, check, photos_in
from detection.vision.errors import PhotoError, VisionError
from detection.vision.faces import FINDERS
from detection.vision.images import open_photo
from detection.vision.scan import make_scanner, unreadable
from detection.vision.spec import STARTER
from detection.vision.wording import judgement_in_words, sentence_on

SETUP_FAILED = 2


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m detection.vision", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    scan = commands.add_parser("scan", help="find and judge every face of photos and folders of photos")
    add_common(scan, "PHOTO")
    scan.add_argument("--save-annotated", type=Path, metavar="DIR", help="save each photo with its boxes there")
    scan.add_argument("--finder", choices=FINDERS, default="ssd", help="how faces are found (ssd)")
    scan.add_argument(
        "--finder-weights", type=Path, metavar="FILE", help="the weights of the finder ssd (the shipped ones)"
    )
    scan.add_argument("--closer-pixels", type=int, default=CLOSER_PIXELS, help="most pixels of a closer look, 0: none")
    scan.add_argument("--yunet-file", default="", metavar="ONNX", help="the model of the finder yunet")
    scan.add_argument("--yunet-sha256", default="", metavar="HEX", help="its sha256")
    add_common(commands.add_parser("judge", help="judge each picture as one face"), "PICTURE")
    return root


def add_common(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("paths", nargs="+", type=Path, metavar=what)
    command.add_argument("--json", action="store_true", help="one JSON object per line")
    command.add_argument("--weights", type=Path, default=STARTER, help="a model's file (the starter model)")
    command.add_argument("--weights-sha256", metavar="HEX", help="refuse the file when it is another")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 when a photo could not be read, the others done; 2 when weights or finder cannot be used."""
    options = parser().parse_args(arguments)
    try:
        return scan(options) if options.command == "scan" else judge(options)
    except VisionError as error:
        print(error.detail, file=sys.stderr)
        return SETUP_FAILED


def scan(options: argparse.Namespace) -> int:
    scanner = make_scanner(
        options.weights,
        sha256=options.weights_sha256,
        finder=options.finder,
        finder_weights=options.finder_weights,
        closer_pixels=options.closer_pixels,
        yunet_file=options.yunet_file,
        yunet_sha256=options.yunet_sha256,
        device=options.device,
    )
    output = Output(
        lines=sys.stdout,
        progress=sys.stderr,
        describe=sentence_on,
        as_json=options.json,
        annotated_dir=options.save_annotated,
        model_version=scanner.classifier.spec.name,
    )
    return check(options.paths, scanner, output)


def judge(options: argparse.Namespace) -> int:
    from detection.vision.classifier import Classifier  # loads torch

    classifier = Classifier.from_file(options.weights, options.weights_sha256, options.device)
    code = 0
    for path in photos_in(options.paths):
        try:
            (judgement,) = classifier.judge([open_photo(path).pixels])
        except (PhotoError, OSError) as error:
            problem = error if isinstance(error, PhotoError) else unreadable(error)
            told, sentence = {"error": {"code": problem.code, "detail": problem.detail}}, problem.detail
            code = 1
        else:
            told, sentence = json_on(judgement), judgement_in_words(judgement)
        print(json.dumps({"file": str(path), **told}, ensure_ascii=False) if options.json else f"{path}: {sentence}")
    return code


def json_on(judgement: Any) -> dict[str, Any]:
    return {
        "label": judgement.label.value,
        "score": round(judgement.score, 4),
        "scores": {label: round(score, 4) for label, score in judgement.scores.items()},
    }


if __name__ == "__main__":
    sys.exit(main())

"""`python -m training.learning train|evaluate|train-finder|evaluate-finder`: see `--help` of each."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from detection.vision.errors import VisionError
from training.learning.command import parser
from training.learning.errors import LearningError
from training.learning.finding.command import run_evaluate_finder, run_train_finder
from training.learning.progress import Progress

BAD_INPUT = 2
STOPPED = 130


def run_train(options: Namespace) -> None:
    from training.learning.training_run import train_and_save

    progress = Progress(as_json=options.json)
    try:
        metrics = train_and_save(options, progress)
    finally:
        progress.close()
    progress.tell({"event": "done", "weights": str(options.out), **metrics})
    if not options.json:
        print(f"{options.out}: {in_words(metrics['validation'])} on validation.")


def run_evaluate(options: Namespace) -> None:
    report = measure(options)
    if options.keep:
        from training.learning.keeping import keep

        keep(report, options.weights, options.run, options.keep)
    if options.json:
        print(json.dumps(report, indent=1))
        return
    print(f"{options.data}: {in_words(report)}")
    print_classes(report)
    if "scenes" in report:
        print(f"{options.scenes}: {in_words(report['scenes'])}")
        print_classes(report["scenes"])
    for mistake in report["mistakes"]:
        print(f"  {mistake['file']}: {mistake['label']}, judged {mistake['judged']}")


def measure(options: Namespace) -> dict[str, Any]:
    import torch

    from detection.vision.classifier import Classifier
    from training.learning.evaluate import evaluate_folder, evaluate_scenes

    if options.threads:
        torch.set_num_threads(options.threads)
    classifier = Classifier.from_file(options.weights, options.sha256, options.device)
    progress = Progress()
    progress.start("judge", None)
    try:
        report = evaluate_folder(options.data, classifier, progress.step)
        if options.scenes:
            report["scenes"] = evaluate_scenes(options.scenes, classifier, progress.step)
    finally:
        progress.close()
    return {"weights": str(options.weights), "model": classifier.spec.name, **report}


def in_words(report: dict[str, Any]) -> str:
    low, high = report["interval"]
    return (
        f"{report['accuracy']:.2%} of {report['count']} pictures judged right (95 % interval {low:.1%} to {high:.1%}), "
        f"mask against not {report['mask_vs_not']['accuracy']:.2%}, loss {report['loss']:.4f}, "
        f"calibration error {report['calibration_error']:.3f}"
    )


def print_classes(report: dict[str, Any]) -> None:
    for name, values in report["per_class"].items():
        numbers = (f"{key} {values[key]:.2%}" for key in ("precision", "recall") if values[key] is not None)
        judged = ", ".join(f"{other} {count}" for other, count in report["confusion"][name].items())
        print(f"  {name}: {', '.join(numbers)}; judged {judged}")


COMMANDS: dict[str, Callable[[Namespace], None]] = {
    "train": run_train,
    "evaluate": run_evaluate,
    "train-finder": lambda options: print(run_train_finder(options)),
    "evaluate-finder": lambda options: print(run_evaluate_finder(options)),
}


def share_the_processor() -> None:
    """Threads that wait must sleep: spinning ones make training ten times slower beside other busy programs."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is loaded


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, 2 when the input cannot be used, 130 when stopped by Ctrl-C."""
    options = parser().parse_args(arguments)
    share_the_processor()
    try:
        COMMANDS[options.command](options)
    except (LearningError, VisionError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Stopped. Go on with --resume.", file=sys.stderr)
        return STOPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())

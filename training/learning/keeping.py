"""The numbers that stay with a weights file, as `NAME.metrics.json` beside it."""

import json
from pathlib import Path
from typing import Any

from detection.vision.spec import file_sha256
from detection.vision.weights import write_whole
from training.learning.errors import LearningError

HEADLINES = ("accuracy", "interval", "loss", "calibration_error")
FROM_TRAINING = ("validation", "validation_harder", "logit_shift", "samples", "recipe", "minutes", "epochs")


def kept_metrics(report: dict[str, Any], weights: Path, training: dict[str, Any]) -> dict[str, Any]:
    """Headline numbers of the test pictures first; then test, scenes, and what the training run said."""
    test = {key: value for key, value in report.items() if key not in {"weights", "model", "mistakes", "scenes"}}
    kept = {
        "model": report["model"],
        "sha256": file_sha256(weights),
        **{name: report[name] for name in HEADLINES},
        "test": test,
        "scenes": report.get("scenes"),
        **{name: training[name] for name in FROM_TRAINING if name in training},
    }
    return {name: value for name, value in kept.items() if value is not None}


def keep(report: dict[str, Any], weights: Path, run: Path | None, path: Path) -> None:
    """Writes the metrics to `path`; `run` is the folder of checkpoints of the training run."""
    training = read_training(run, weights) if run else {}
    write_whole(path, (json.dumps(rounded(kept_metrics(report, weights, training)), indent=1) + "\n").encode())


def read_training(run: Path, weights: Path) -> dict[str, Any]:
    """What the run that made these weights wrote; LearningError when it made others."""
    try:
        metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LearningError(f"{run} holds no metrics.json of a finished training run: check --run.") from error
    if not isinstance(metrics, dict) or metrics.get("sha256") != file_sha256(weights):
        raise LearningError(f"{run} is the run of other weights than {weights}: check --run.")
    return metrics


def rounded(value: Any) -> Any:
    """Numbers with six digits after the point: more say nothing."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value

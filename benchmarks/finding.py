"""`python -m benchmarks.finding`: how many faces each finder finds on labelled photos, side by side in one run.

Finders: OpenCV's frontal Haar cascade with its defaults, our `haar`, our `ssd`, and `yunet` when its file is given.
"Boxes" are what a finder takes for faces; "shown" are those that the classifier behind it did not reject, with the
labels people see. Boxes on real faces that nobody labelled (`unlabelled_faces.json`, listed by hand) count as neither
right nor wrong. Pictures of misses and false boxes, and the curves, go to `--out`, never into the repository.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait must not burn a core

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Cost, interleaved, machine
from benchmarks.finding_curve import curve_svg
from benchmarks.finding_sheet import save_sheets
from benchmarks.finding_tags import by_tag, read_tags
from detection.vision.boxes import Box, FoundBox
from detection.vision.classifier import Classifier
from detection.vision.faces import CloserFinder, FaceFinder, HaarFinder, YuNetFinder
from detection.vision.finder_spec import STARTER_FINDER
from detection.vision.images import open_photo
from detection.vision.scan import WORKING_SIDE, Scanner
from detection.vision.spec import STARTER
from detection.vision.ssd import SsdFinder
from detection.vision.ssd import load as load_finder
from training.learning.finding.evaluate import in_words, read_unlabelled
from training.learning.finding.marked import CLASSES
from training.learning.finding.matching import curve_of
from training.learning.finding.measure import (
    SIZES,
    Seen,
    Unlabelled,
    as_found,
    faces_of,
    report_on_faces,
    scan_scenes,
)
from training.learning.scenes import Scene, read_scenes

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("MASKWEB_TEST_DATA", HERE.parents[1] / "shared" / "data"))
IOUS = (0.3, 0.4, 0.5)
FAINTEST = 0.05
TIMED_SIDE, TIMED_PHOTOS = 1280, 12
YUNET_CURVE_SCORE = 0.3


class Cascade:
    """OpenCV's frontal cascade as every tutorial uses it; the score is always 1, for it tells none."""

    name = "frontal"

    def __init__(self) -> None:
        path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
        self.cascade = cv2.CascadeClassifier(str(path))

    def find(self, pixels: NDArray[np.uint8]) -> list[FoundBox]:
        found = self.cascade.detectMultiScale(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
        return [FoundBox(Box(*map(int, box)), 1.0, self.name) for box in found]


def finders(options: argparse.Namespace) -> dict[str, FaceFinder]:
    made: dict[str, FaceFinder] = {
        "Haar, OpenCV's defaults": Cascade(),
        "haar": HaarFinder(),
        "ssd": SsdFinder.from_file(options.finder_weights, closer_pixels=options.closer_pixels),
    }
    if options.yunet.is_file():
        made["yunet"] = YuNetFinder(options.yunet, hashlib.sha256(options.yunet.read_bytes()).hexdigest())
    return made


def boxes_on(finder: FaceFinder, scenes: Sequence[Scene]) -> list[Seen]:
    """What the finder itself takes for faces, on photos opened as a scan opens them."""
    seen = []
    for scene in scenes:
        opened = open_photo(scene.path, working_side=WORKING_SIDE)
        found = [item for item in look(finder, opened.pixels, (opened.width, opened.height)) if item.sure]
        ratio = opened.width / opened.pixels.shape[1], opened.height / opened.pixels.shape[0]
        boxes = np.array([item.box.scaled(*ratio) for item in found], np.float64).reshape(-1, 4)
        seen.append(Seen(scene, boxes, np.array([item.score for item in found], np.float64), ["found"] * len(found)))
    return seen


def look(finder: FaceFinder, pixels: NDArray[np.uint8], photo: tuple[int, int]) -> list[FoundBox]:
    found = finder.find(pixels)
    side = finder.closer_side(found, pixels, photo) if isinstance(finder, CloserFinder) else 0
    return finder.find_closely(pixels, side, found) if side and isinstance(finder, CloserFinder) else found


def lenient(finder: FaceFinder, weights: Path) -> FaceFinder:
    """The same finder telling faint faces, too, for the curve."""
    if isinstance(finder, SsdFinder):
        model, spec = load_finder(weights)
        return SsdFinder(model, replace(spec, found_above=FAINTEST, faint_above=FAINTEST), closer_pixels=0)
    if isinstance(finder, YuNetFinder):
        finder._detector.setScoreThreshold(YUNET_CURVE_SCORE)
    return finder


def table(reports: Mapping[str, Mapping[str, Any]], *, judged: bool) -> list[str]:
    """One column per finder; what labels are worth only where boxes were judged."""
    width = max(12, *(len(name) + 2 for name in reports))
    columns = [rows_of(report, judged=judged) for report in reports.values()]
    head = " " * 38 + "".join(f"{name:>{width}}" for name in reports)
    return [head, *(f"{title:38}" + "".join(f"{c[title]:>{width}}" for c in columns) for title in columns[0])]


def rows_of(report: Mapping[str, Any], *, judged: bool) -> dict[str, str]:
    kinds = {"recall": "found", "recall_large": "found, 40 px and more"} | (
        {"right_label": "right label"} if judged else {}
    )
    shares = {f"{title}: {label}": report[key][label] for key, title in kinds.items() for label in CLASSES}
    shares |= {f"found: {size}": report["recall_by_size"][size] for size in SIZES}
    shares["precision"] = report["precision"]
    if judged:
        shares["violations of 40 px and more flagged"] = report["violations_flagged"]
        shares["masked people flagged"] = report["masked_flagged"]
    return {title: "-" if value["share"] is None else f"{value['share']:.3f}" for title, value in shares.items()}


def timed(made: Mapping[str, FaceFinder], scenes: Sequence[Scene], rounds: int) -> list[str]:
    """Milliseconds per photo of 1280 pixels, and how many times as long as `ssd` the others take."""
    costs: dict[str, list[Cost]] = {name: [] for name in made}
    for scene in scenes[:: max(len(scenes) // TIMED_PHOTOS, 1)][:TIMED_PHOTOS]:
        pixels = enlarged(open_photo(scene.path).pixels)
        photo = (pixels.shape[1], pixels.shape[0])
        ways: dict[str, Callable[[], object]] = {n: partial(look, f, pixels, photo) for n, f in made.items()}
        for name, cost in interleaved(ways, rounds).items():
            costs[name].append(cost)
    lines = [f"A photo of {TIMED_SIDE} pixels, median over {TIMED_PHOTOS} photos (clock, processor; ratio to ssd):"]
    ours = Cost(*(median(values) for values in zip(*costs["ssd"], strict=True)))
    for name, values in costs.items():
        cost = Cost(*(median(column) for column in zip(*values, strict=True)))
        ratio = cost.times(ours)
        times = f"{1000 * cost.clock:8.0f} ms {1000 * cost.processor:8.0f} ms"
        lines.append(f"  {name:26}{times}   {ratio.clock:5.2f} x {ratio.processor:5.2f} x")
    return lines


def enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = TIMED_SIDE / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def curves(
    made: Mapping[str, FaceFinder], options: argparse.Namespace, scenes: Sequence[Scene], known: Unlabelled
) -> str:
    lines = {}
    for name, finder in made.items():
        seen = boxes_on(lenient(finder, options.finder_weights), scenes)
        lines[name] = curve_of([as_found(one, known) for one in seen])
        print(f"  average precision, {name}: {lines[name].average_precision:.3f}")
    return curve_svg(lines)


def main() -> int:
    options = arguments()
    print(machine())
    scenes, known = read_scenes(options.scenes), read_unlabelled(options.unlabelled)
    made, classifier = finders(options), Classifier.from_file(options.classifier)
    print(f"{len(scenes)} photos, {sum(len(scene.faces) for scene in scenes)} labelled faces\n")
    boxes = {name: boxes_on(finder, scenes) for name, finder in made.items()}
    shown = {name: scan_scenes(scenes, Scanner(finder, classifier)) for name, finder in made.items()}
    for iou in IOUS:
        print(f"Boxes, IoU >= {iou}:")
        print(
            "\n".join(
                table({name: report_on_faces(faces_of(seen, iou, known)) for name, seen in boxes.items()}, judged=False)
            )
        )
    print("\nShown after judging, IoU >= 0.4:")
    reports = {name: report_on_faces(faces_of(seen, unlabelled=known)) for name, seen in shown.items()}
    print("\n".join(table(reports, judged=True)))
    print("\nssd, shown, with 95 % intervals and counts:")
    for key in ("recall", "recall_large", "right_label"):
        print(f"  {key}: " + "; ".join(f"{n} {in_words(v)}" for n, v in reports["ssd"][key].items()))
    for key in ("precision", "violations_flagged", "masked_flagged"):
        print(f"  {key}: {in_words(reports['ssd'][key])}")
    if options.tags.is_file():
        print("\nBy what can be seen (ssd, shown):")
        print("\n".join(by_tag(shown["ssd"], read_tags(options.tags))))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "report.json").write_text(json.dumps(reports, indent=1))
    print("\n" + "\n".join(timed(made, scenes, options.rounds)))
    save_sheets({"ssd": shown["ssd"]}, known, options.out)
    print()
    (options.out / "precision-recall.svg").write_text(curves(made, options, scenes, known))
    print(f"\nCurves, misses and false boxes: {options.out}")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finding", description=__doc__)
    add = parser.add_argument
    add("--scenes", type=Path, default=DATA / "scenes", help="photos with boxes (COCO)")
    add("--unlabelled", type=Path, default=HERE / "unlabelled_faces.json")
    add("--tags", type=Path, default=HERE / "scene_tags.json")
    add("--finder-weights", type=Path, default=STARTER_FINDER)
    add("--classifier", type=Path, default=STARTER)
    add("--yunet", type=Path, default=DATA / "yunet" / "face_detection_yunet_2026may.onnx")
    add("--closer-pixels", type=int, default=6_000_000)
    add("--rounds", type=int, default=5)
    add("--out", type=Path, default=Path("runs/finding"), help="folder for pictures and curves (runs/finding)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.corridor`: a photo of a whole corridor, 4000 x 3000 pixels with small faces: once and closely.

Made of labelled photos, each shrunk so that its faces are 30 to 60 pixels high, side by side without a gap. Told: faces
found, boxes without a face and milliseconds for several bounds of the closer look (`MASKWEB_SCAN_CLOSER_PIXELS`).
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait must not burn a core

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import interleaved, machine
from benchmarks.finding import DATA, HERE
from detection.vision.classifier import Classifier
from detection.vision.finder_spec import STARTER_FINDER
from detection.vision.scan import ScannedPhoto, Scanner
from detection.vision.spec import STARTER
from detection.vision.ssd import SsdFinder
from training.learning.finding.evaluate import read_unlabelled
from training.learning.finding.matching import NO_FACE, PhotoFound, matched
from training.learning.samples import Frame, read_picture
from training.learning.scenes import Scene, read_scenes

WIDTH, HEIGHT = 4000, 3000
SMALLEST, LARGEST = 30, 60  # pixels, longer side of a face in the corridor
BOUNDS = (0, 1_500_000, 3_000_000, 6_000_000, 12_000_000)
Pixels = NDArray[np.uint8]


class Corridor(NamedTuple):
    """`faces` to be found and `neutral` ones, smaller or larger than asked for or unlabelled; (count, 4) in pixels."""

    pixels: Pixels
    faces: NDArray[np.float64]
    neutral: NDArray[np.float64]


def corridor(scenes: list[Scene], unlabelled: dict[str, list[Frame]], seed: int) -> Corridor:
    """Photos in rows until the picture is full; faces outside the wanted sizes count neither way."""
    random = np.random.default_rng(seed)
    pixels = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    faces: list[Frame] = []
    neutral: list[Frame] = []
    x = y = row = 0
    order = iter([scenes[at] for at in random.permutation(len(scenes))])
    while y < HEIGHT:
        scene = next(order, None)
        if scene is None:
            break
        photo = read_picture(scene.path)
        sides = [max(box[2:]) for box, _ in scene.faces]
        scale = min(random.uniform(40, 50) / float(np.median(sides)), 1.0)
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        high, wide = min(small.shape[0], HEIGHT - y), min(small.shape[1], WIDTH - x)
        pixels[y : y + high, x : x + wide] = small[:high, :wide]
        others = [*scene.unlabelled, *unlabelled.get(scene.path.name, [])]
        for box, known in [(b, True) for b, _ in scene.faces] + [(b, False) for b in others]:
            left, top, width, height = (value * scale for value in box)
            inside = left + width <= wide and top + height <= high
            fits = known and inside and SMALLEST <= max(width, height) <= LARGEST
            (faces if fits else neutral).append((x + left, y + top, width, height))
        row = max(row, high)
        x += wide
        if x >= WIDTH:
            x, y, row = 0, y + row, 0
    return Corridor(pixels, *(np.array(b, np.float64).reshape(-1, 4) for b in (faces, neutral)))


def as_jpeg(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92)
    return file.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corridor", description=__doc__)
    parser.add_argument("--scenes", type=Path, default=DATA / "scenes", help="photos with boxes (COCO)")
    parser.add_argument("--unlabelled", type=Path, default=HERE / "unlabelled_faces.json")
    parser.add_argument("--finder-weights", type=Path, default=STARTER_FINDER)
    parser.add_argument("--corridors", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    known = {name: list(boxes) for name, boxes in read_unlabelled(options.unlabelled).items()}
    made = [corridor(read_scenes(options.scenes), known, seed) for seed in range(options.corridors)]
    files = [as_jpeg(one.pixels) for one in made]
    print(f"{len(made)} corridors of {WIDTH} x {HEIGHT} pixels, {sum(len(one.faces) for one in made)} faces")
    judge = Classifier.from_file(STARTER)
    scanners = {b: Scanner(SsdFinder.from_file(options.finder_weights, closer_pixels=b), judge) for b in BOUNDS}
    costs = interleaved({str(b): lambda s=s: s.scan(files[:1]) for b, s in scanners.items()}, options.rounds)  # type: ignore[misc]
    for bound, scanner in scanners.items():
        found, wrong = counted(made, scanner.scan(files))
        title = f"{bound:,} pixels" if bound else "no closer look"
        cost = costs[str(bound)]
        print(f"  {title:20}{found:5} found {wrong:5} without a face {1000 * cost.clock:8.0f} ms")
    return 0


def counted(made: list[Corridor], results: Sequence[object]) -> tuple[int, int]:
    found = wrong = 0
    for one, result in zip(made, results, strict=True):
        if not isinstance(result, ScannedPhoto):
            sys.exit(f"A corridor could not be scanned: {result}")
        boxes = np.array([face.box for face in result.faces], np.float64).reshape(-1, 4)
        scores = np.array([face.finder_score for face in result.faces], np.float64)
        matches = matched(PhotoFound(boxes, scores, one.faces, one.neutral))
        found, wrong = found + int((matches >= 0).sum()), wrong + int((matches == NO_FACE).sum())
    return found, wrong


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.photo`: one photo's way to its verdict, ours beside the notebook's, in one run.

The notebook's way, as it stood: the photo decoded in full, Haar with its defaults on the full picture, the photo
decoded a second time, the whole picture through VGG16 in float32, one photo at a time. It judges the photo, not faces.
Ours judges every face.

Photos: 12 megapixels with 1 and with 10 faces of ../shared/data on a soft, grainy ground.
"""

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait must not burn a core

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import Cost, in_words, interleaved, machine, verdict
from detection.vision.classifier import Classifier
from detection.vision.crops import cut
from detection.vision.images import open_photo
from detection.vision.network import build
from detection.vision.scan import WORKING_SIDE, ScannedPhoto, Scanner
from detection.vision.spec import IMAGENET_MEAN, IMAGENET_STD, KNOWN_CLASSES, STARTER, ModelSpec
from detection.vision.ssd import SsdFinder

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = 4032, 3024
PICTURE_SIDE = 224
CROPS = 16
WANTED = {"slim_vgg16": 12.0, "vgg16": 2.5}
DATA = Path(os.environ.get("MASKWEB_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def photo(faces: list[Pixels], seed: int, grain: float) -> bytes:
    """A 12-megapixel JPEG with the faces in rows."""
    random = np.random.default_rng(seed)
    ground = cv2.resize(random.integers(60, 200, (9, 12, 3), np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    across = min(len(faces), 5)
    side = 900 if len(faces) == 1 else 420
    for number, face in enumerate(faces):
        x = (2 * (number % across) + 1) * WIDTH // (2 * across) - side // 2
        y = HEIGHT // 4 + (number // across) * 3 * side // 2
        ground[y : y + side, x : x + side] = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    noise = random.normal(0, grain, (HEIGHT, WIDTH, 1)).astype(np.float32)
    file = io.BytesIO()
    Image.fromarray(np.clip(ground + noise, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def some_faces(count: int) -> list[Pixels]:
    """Faces of the validation split that Haar's defaults find, mostly bare ones: what the notebook could use."""
    found, finder = [], frontal()
    folders = [DATA / "faces" / "validation" / name for name in ("mask", "no_mask")]
    for paths in zip(*(sorted(folder.glob("*.jpg")) for folder in folders), strict=False):
        for path in paths:
            with Image.open(path, formats=["JPEG"]) as image:
                face = np.array(image.convert("RGB"))
            if len(finder.detectMultiScale(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY))):
                found.append(face)
        if len(found) >= count:
            return found[:count]
    sys.exit(f"There are too few faces in {DATA} (MASKWEB_TEST_DATA names another folder).")


def frontal() -> Any:
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))


class Notebook:
    """The notebook's way, re-made."""

    def __init__(self) -> None:
        self.cascade = frontal()
        self.network = build("vgg16", ("mask", "no_mask")).eval()
        self.mean, self.std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))

    def __call__(self, path: Path) -> None:
        self.find(self.decode(path))
        self.judge(self.decode_again(path))

    def decode(self, path: Path) -> Pixels:
        return np.asarray(cv2.imread(str(path)), np.uint8)

    def find(self, pixels: Pixels) -> Any:
        return self.cascade.detectMultiScale(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))

    def decode_again(self, path: Path) -> Image.Image:
        with Image.open(path, formats=["JPEG"]) as image:
            return image.convert("RGB")

    def judge(self, image: Image.Image) -> torch.Tensor:
        """torchvision's usual transforms: resize the PIL picture, to tensor, normalise."""
        small = np.asarray(image.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BILINEAR), np.float32)
        picture = (torch.from_numpy(small).permute(2, 0, 1) / 255 - self.mean) / self.std
        with torch.inference_mode():
            return torch.as_tensor(self.network(picture[None]))


def classifiers() -> dict[str, Classifier]:
    """Slim VGG16 with the starter model's weights; VGG16 with random ones, which take as long as any.

    Both see faces as large as the starter model's spec says; VGG16 with the notebook's 224 pixels stands beside them.
    """
    judges = {"slim_vgg16": Classifier.from_file(STARTER)}
    for name, side in (("vgg16", judges["slim_vgg16"].spec.input_size), ("vgg16 at 224", PICTURE_SIDE)):
        spec = ModelSpec(architecture="vgg16", classes=KNOWN_CLASSES, input_size=side)
        judges[name] = Classifier(build("vgg16", KNOWN_CLASSES), spec)
    return judges


def compare(paths: dict[int, Path], judges: dict[str, Classifier], rounds: int) -> list[str]:
    """Per-photo times and ratios; the verdicts on the targets are given back."""
    notebook, told = Notebook(), []
    scanners = {name: Scanner(SsdFinder.from_file(), judges[name]) for name in WANTED}
    for count, path in paths.items():
        ways: dict[str, Callable[[], object]] = {"notebook": partial(notebook, path)}
        ways |= {name: partial(scanner.scan, [path]) for name, scanner in scanners.items()}
        costs = interleaved(ways, rounds)
        (result,) = scanners["slim_vgg16"].scan([path])
        shown = len(result.faces) if isinstance(result, ScannedPhoto) else 0
        print(f"\n{count} face{'s' if count > 1 else ''}: {shown} found and judged by slim_vgg16")
        print(f"  {'':34}{'clock':>12} {'processor':>12}")
        for name, cost in costs.items():
            ratio = costs["notebook"].times(cost)
            print(f"  {name:34}{in_words(cost)} {ratio.clock:7.1f} x {ratio.processor:7.1f} x")
            if name in WANTED:  # the notebook itself is not
                told.append(verdict(f"{name}, {count} face{'s' if count > 1 else ''}", ratio, WANTED[name]))
        for name, cost in steps(path, notebook, scanners, rounds).items():
            print(f"    {name:32}{in_words(cost)}")
    return told


def steps(path: Path, notebook: Notebook, scanners: dict[str, Scanner], rounds: int) -> dict[str, Cost]:
    """Where the time goes."""
    full, image = notebook.decode(path), notebook.decode_again(path)
    small = open_photo(path, working_side=WORKING_SIDE).pixels
    finder = SsdFinder.from_file()
    found = [item for item in finder.find(small) if item.sure]
    ways: dict[str, Callable[[], object]] = {
        "notebook: decode": lambda: notebook.decode(path),
        "notebook: find": lambda: notebook.find(full),
        "notebook: decode again": lambda: notebook.decode_again(path),
        "notebook: judge the picture": lambda: notebook.judge(image),
        "ours: open": lambda: open_photo(path, working_side=WORKING_SIDE),
        "ours: find": lambda: finder.find(small),
    }
    for name, scanner in scanners.items():
        crops = [cut(small, item.box, scanner.classifier.spec.input_size) for item in found]
        if crops:
            ways[f"ours: judge {len(crops)} boxes, {name}"] = partial(scanner.classifier.judge, crops)
    return interleaved(ways, rounds)


def throughput(judges: dict[str, Classifier], rounds: int) -> None:
    print(f"\nFaces a second, {CROPS} crops in one pass:")
    random = np.random.default_rng(0)
    for name, judge in judges.items():
        side = judge.spec.input_size
        crops = list(random.integers(0, 256, (CROPS, side, side, 3), np.uint8))
        cost = interleaved({name: partial(judge.judge, crops)}, rounds)[name]
        precision = str(judge.dtype).removeprefix("torch.")
        print(f"  {name:34}{CROPS / cost.clock:8,.0f}  ({side} x {side} pixels, {precision})")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photo", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--grain", type=float, default=2.0, help="sensor noise, standard deviation of 255 (2)")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for count in (1, 10):
            paths[count] = Path(folder) / f"{count}.jpg"
            paths[count].write_bytes(photo(some_faces(count), count, options.grain))
        judges = classifiers()
        told = compare(paths, judges, options.rounds)
        throughput(judges, options.rounds)
    print("\n" + "\n".join(told))
    return 0 if all(line.endswith("reached") for line in told) else 1


if __name__ == "__main__":
    sys.exit(main())

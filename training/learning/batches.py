"""Batches of pictures for training and validation: the same seed and epoch give the same pictures in any process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from detection.vision.crops import Pixels, resized
from training.learning.augment import augmented, plain
from training.learning.samples import Sample

Change = Callable[[Sample, int, np.random.Generator], Pixels]


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures`: uint8 (count, side, side, 3) RGB; `targets`: class numbers (count,)."""

    pictures: NDArray[np.uint8]
    targets: NDArray[np.int64]


def flip_and_crop(sample: Sample, size: int, random: np.random.Generator) -> Pixels:
    """Random resized crop and flip, as the notebook had them from torchvision (Szegedy et al., 2015)."""
    height, width = sample.pixels.shape[:2]
    area = height * width * random.uniform(0.08, 1.0)
    ratio = np.exp(random.uniform(np.log(3 / 4), np.log(4 / 3)))
    wide = min(width, max(1, round(np.sqrt(area * ratio))))
    high = min(height, max(1, round(np.sqrt(area / ratio))))
    top, left = random.integers(0, height - high + 1), random.integers(0, width - wide + 1)
    cut = resized(sample.pixels[top : top + high, left : left + wide], size)
    return np.ascontiguousarray(cut[:, ::-1]) if random.random() < 0.5 else cut


CHANGES: dict[str, Change] = {"camera": augmented, "flip_and_crop": flip_and_crop}


def draw(
    labels: Sequence[str], shares: dict[str, float] | None, count: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Which samples an epoch shows, in which order.

    With shares each class gets its part of `count` and goes round its samples evenly; without, every sample comes once.
    """
    if shares is None:
        return random.permutation(len(labels))[: count or None]
    names = sorted(set(labels))
    total = sum(shares[name] for name in names)
    chosen = []
    for name in names:
        own = np.flatnonzero([label == name for label in labels])
        wanted = round(count * shares[name] / total)
        rounds = [random.permutation(own) for _ in range(-(-wanted // len(own)))]
        chosen.append(np.concatenate([*rounds, own[:0]])[:wanted])
    return random.permutation(np.concatenate(chosen))


class Loader:
    """Makes the next batches in a thread of its own while the network works on this one."""

    def __init__(self, samples: Sequence[Sample], classes: Sequence[str], batch: int, ahead: int = 3) -> None:
        self.samples, self.batch, self.ahead = samples, batch, ahead
        self.targets = np.array([classes.index(sample.label) for sample in samples], np.int64)
        cv2.setNumThreads(1)

    def training(self, chosen: NDArray[np.int64], size: int, change: Change, key: tuple[int, ...]) -> Iterator[Batch]:
        """Augmented batches of the chosen samples; a last batch of one picture is left out (batch normalisation)."""

        def make(start: int) -> Batch:
            part = chosen[start : start + self.batch]
            made = [
                change(self.samples[index], size, np.random.default_rng((*key, start + place)))
                for place, index in enumerate(part)
            ]
            return Batch(np.stack(made), self.targets[part])

        return self._ahead(make, [s for s in range(0, len(chosen), self.batch) if len(chosen) - s > 1])

    def validation(self, size: int) -> Iterator[Batch]:
        """Every sample once, in order, as serving shows it."""

        def make(start: int) -> Batch:
            part = slice(start, start + self.batch)
            return Batch(np.stack([plain(s, size) for s in self.samples[part]]), self.targets[part])

        return self._ahead(make, list(range(0, len(self.samples), self.batch)))

    def _ahead(self, make: Callable[[int], Batch], starts: list[int]) -> Iterator[Batch]:
        with ThreadPoolExecutor(1) as pool:
            waiting = [pool.submit(make, start) for start in starts[: self.ahead]]
            for start in [*starts[self.ahead :], *[None] * len(waiting)]:
                batch = waiting.pop(0).result()
                if start is not None:
                    waiting.append(pool.submit(make, start))
                yield batch


def tensor_of(
    pictures: NDArray[np.uint8], mean: Sequence[float], std: Sequence[float], device: torch.device
) -> torch.Tensor:
    """Normalised float32 (count, 3, side, side) in channels-last order, which the convolutions are quickest in."""
    values = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div_(255)
    offset, scale = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (mean, std))
    return values.sub_(offset).div_(scale)

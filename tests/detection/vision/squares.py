"""A network made of cardboard that finds coloured rectangles, so that where boxes come out can be told exactly.

Red says that there is a face, green how sure the network is of it, blue how its mask is worn.
"""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import nn

from detection.vision.boxes import Box
from detection.vision.finder_network import Found
from detection.vision.finder_spec import FinderSpec
from detection.vision.spec import IMAGENET_MEAN, IMAGENET_STD
from detection.vision.ssd import SsdFinder

BLUES = {"mask": 0, "no_mask": 128, "incorrect": 255}


class Square(NamedTuple):
    box: Box
    score: float = 0.9
    label: str = "mask"


def draw(width: int, height: int, *squares: Square) -> np.ndarray:
    pixels = np.zeros((height, width, 3), np.uint8)
    for (x, y, wide, high), score, label in squares:
        pixels[y : y + high, x : x + wide] = (255, round(255 * score), BLUES[label])
    return pixels


class SquareNetwork(nn.Module):
    """As the real one, it sees normalised pictures; it remembers the width and height of each."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, int]] = []

    def forward(self, pictures: torch.Tensor) -> Found:
        assert pictures.shape[2] % 32 == pictures.shape[3] % 32 == 0
        self.seen.append((pictures.shape[3], pictures.shape[2]))
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
        pixels = (pictures[0].float() * std + mean).permute(1, 2, 0).numpy()
        count, _, stats, _ = cv2.connectedComponentsWithStats((pixels[..., 0] > 0.5).astype(np.uint8))
        boxes, scores, labels = [], [], []
        for x, y, wide, high, _ in stats[1:count]:
            _, score, blue = pixels[y + high // 2, x + wide // 2]
            boxes.append([x, y, x + wide, y + high])
            scores.append(score)
            labels.append([-20 * abs(blue - wanted / 255) for wanted in BLUES.values()])
        face = torch.tensor(np.array(scores, np.float32)[None]).logit(1e-6)
        told = torch.tensor(np.array(labels, np.float32).reshape(1, -1, 3))
        return Found(face, told, torch.tensor(np.array(boxes, np.float32).reshape(1, -1, 4)))


def make_square_finder(closer_pixels: int = 6_000_000, **changes: object) -> SsdFinder:
    return SsdFinder(SquareNetwork(), FinderSpec(**{"working_side": 640, **changes}), "cpu", closer_pixels)  # type: ignore[arg-type]


def seen_by(finder: SsdFinder) -> list[tuple[int, int]]:
    """Width and height of every picture its network looked at."""
    return finder._model.seen  # type: ignore[return-value]

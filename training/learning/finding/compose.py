"""One training picture: a part of a photo with faces of many sizes, now and then with more faces, never twice alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detection.vision.crops import Pixels
from training.learning.augment import compressed, moved, noisy, relit
from training.learning.finding.marked import CLASSES, Marked
from training.learning.finding.pasting import mosaic, pasted, patch_of
from training.learning.finding.windows import MOST_TURN, mirrored, window

# How often a picture is made round a face of each label: wrongly worn masks are rare, and must be learned all the same.
LABEL_SHARES = (0.42, 0.36, 0.22)
MOST_ENLARGED = 2.0
MOST_MOVED = 9  # pixels of motion blur
SMALLEST_FACE = 8.0  # pixels of the training picture, longer side


@dataclass(frozen=True)
class Stock:
    """What pictures are made of: photos, and pictures of single faces."""

    photos: Sequence[Marked]
    crops: Sequence[Marked]

    def faces(self) -> list[list[tuple[int, int]]]:
        """For each label, every face of it as (place of its photo, place in the photo)."""
        return [
            [(at, int(face)) for at, photo in enumerate(self.photos) for face in photo.of_label(label)]
            for label in range(len(CLASSES))
        ]


class Composer:
    """Makes training pictures from a stock; the same generator state gives the same picture."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self._faces = stock.faces()
        self._crops = [[c for c in stock.crops if c.labels[0] == label] for label in range(len(CLASSES))]
        there = np.array([share if faces else 0.0 for share, faces in zip(LABEL_SHARES, self._faces, strict=True)])
        self._shares: NDArray[np.float64] = there / there.sum()

    def picture(self, size: int, random: np.random.Generator) -> Marked:
        """`size` x `size` pixels."""
        choice = random.random()
        if choice < 0.2:
            made = mosaic([self.round_a_face(size, random, size / 2.5, 0.6) for _ in range(4)], size, random)
        elif choice < 0.4:
            made = self.anywhere(size, random)
        else:
            made = self.round_a_face(size, random, size * 0.95)
        if random.random() < 0.35:
            for _ in range(int(random.integers(1, 4))):
                made = pasted(made, self.patch(size, random), random)
        if random.random() < 0.5:
            made = mirrored(made)
        return Marked(as_taken(made.pixels, random), made.boxes, made.labels, made.exact)

    def round_a_face(self, size: int, random: np.random.Generator, largest: float, least_filled: float = 1.0) -> Marked:
        """A window with one face of a chosen label at a random size and place in it, filled at least so far."""
        photo, face = self._any_face(random)
        wanted = math.exp(random.uniform(math.log(SMALLEST_FACE), math.log(largest)))
        height, width = photo.pixels.shape[:2]
        filling = least_filled * size / max(height, width)
        scale = min(max(wanted / float(photo.sides[face]), filling), MOST_ENLARGED)
        left, top, right, bottom = photo.boxes[face]
        middle = np.array([left + right, top + bottom]) / 2
        corner = middle - random.uniform(0.15, 0.85, 2) * size / scale
        turn = random.uniform(-MOST_TURN, MOST_TURN) if random.random() < 0.5 else 0.0
        return window(photo, size, scale, kept_on(photo, corner, size / scale), turn)

    def anywhere(self, size: int, random: np.random.Generator) -> Marked:
        """A part of a photo at about the size at which photos are searched, with or without faces."""
        photo = self.stock.photos[int(random.integers(len(self.stock.photos)))]
        height, width = photo.pixels.shape[:2]
        scale = min(math.exp(random.uniform(math.log(size), math.log(1000))) / max(height, width), MOST_ENLARGED)
        corner = random.uniform(0, 1, 2) * (np.array([width, height]) - size / scale)
        return window(photo, size, scale, kept_on(photo, corner, size / scale))

    def patch(self, size: int, random: np.random.Generator) -> Marked:
        """A face to paste, of a photo or of a picture of one face."""
        side = math.exp(random.uniform(math.log(SMALLEST_FACE + 2), math.log(size * 0.4)))
        label = random.choice(len(CLASSES), p=self._shares)
        if self._crops[label] and random.random() < 0.5:
            crop = self._crops[label][random.integers(len(self._crops[label]))]
            return patch_of(crop, 0, min(side, MOST_ENLARGED * float(crop.sides[0])), random)
        photo, face = self._any_face(random)
        return patch_of(photo, face, min(side, MOST_ENLARGED * float(photo.sides[face])), random)

    def _any_face(self, random: np.random.Generator) -> tuple[Marked, int]:
        faces = self._faces[random.choice(len(CLASSES), p=self._shares)]
        at, face = faces[random.integers(len(faces))]
        return self.stock.photos[at], face


def kept_on(photo: Marked, corner: NDArray[np.float64], side: float) -> tuple[float, float]:
    """The corner moved so that the window of this side lies on the photo, or in the middle of a side it exceeds."""
    height, width = photo.pixels.shape[:2]
    x, y = (
        (length - side) / 2 if side >= length else min(max(float(start), 0.0), length - side)
        for start, length in zip(corner, (width, height), strict=True)
    )
    return x, y


def as_taken(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Other light, and what cheap cameras and messengers do to a whole picture."""
    if random.random() < 0.6:
        pixels = relit(pixels, random)
    if random.random() < 0.12:
        pixels = coarser(pixels, random)
    if random.random() < 0.15:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.4, 1.6)), np.uint8)
    elif random.random() < 0.08:
        pixels = moved(pixels, random, MOST_MOVED)
    if random.random() < 0.12:
        pixels = noisy(pixels, random)
    return compressed(pixels, random) if random.random() < 0.25 else pixels


def coarser(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Fewer pixels and enlarged again, as a camera's digital zoom does."""
    height, width = pixels.shape[:2]
    part = random.uniform(0.4, 0.8)
    small = cv2.resize(pixels, (round(width * part), round(height * part)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)

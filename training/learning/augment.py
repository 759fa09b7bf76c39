"""What a camera, a phone, a messenger or another cropping tool does to the picture of a face.

Each function takes uint8 RGB pixels and a random generator and gives new pixels; the same generator state gives the
same picture. Faces of other origins are framed wider or tighter, smaller, softer and worse lit than ours: the ranges
are meant to cover that, and to make framing and sharpness say nothing about masks.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from detection.vision.crops import Pixels, resized
from training.learning.samples import Frame, Sample

BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT)
ENLARGING = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)


@dataclass(frozen=True, slots=True)
class Framing:
    """How far the cut may differ from what serving cuts."""

    tightest: float = 0.68
    widest_with_room: float = 1.7  # the sample has pixels around the frame
    widest: float = 1.3  # outside the picture edges are made up
    shift: float = 0.08  # of the frame's side
    turn: float = 15.0  # degrees
    stretch: float = 0.2  # natural logarithm of width over height


FRAMING = Framing()
GENTLE_FRAMING = Framing(0.87, 1.2, 1.12, shift=0.04, turn=7.0, stretch=0.1)
GENTLE_PART = 0.6  # of the pictures stay close to what serving sees, so that these are learned best


def augmented(sample: Sample, size: int, random: np.random.Generator, gentle_part: float = GENTLE_PART) -> Pixels:
    """A picture of the sample as it might have reached us: uint8 RGB (size, size, 3)."""
    gentle = random.random() < gentle_part
    pixels = reframed(sample, size, random, GENTLE_FRAMING if gentle else FRAMING)
    if random.random() < 0.5:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    if random.random() < (0.4 if gentle else 0.85):
        pixels = relit(pixels, random)
    if random.random() < 0.1:
        pixels = covered(pixels, random)
    return resized(pixels, size) if gentle and random.random() < 0.7 else worsened(pixels, size, random)


def plain(sample: Sample, size: int) -> Pixels:
    """The picture as serving shows it to the network: uint8 RGB (size, size, 3)."""
    left, top, width, height = sample.frame
    if (left, top) == (0, 0) and (round(height), round(width)) == sample.pixels.shape[:2]:
        return resized(sample.pixels, size)
    return resized(_turned(sample.pixels, sample.frame, 0.0, round(width), cv2.BORDER_REPLICATE), size)


def reframed(sample: Sample, size: int, random: np.random.Generator, framing: Framing = FRAMING) -> Pixels:
    """Cut tighter or wider, off centre, turned, stretched; a square of the cut's own resolution, size to 2 x size."""
    widest = framing.widest_with_room if sample.has_room else framing.widest
    zoom = math.exp(random.uniform(math.log(framing.tightest), math.log(widest)))
    stretch = math.exp(random.uniform(-framing.stretch, framing.stretch) / 2)
    left, top, width, height = sample.frame
    x = left + width / 2 + random.uniform(-framing.shift, framing.shift) * width
    y = top + height / 2 + random.uniform(-framing.shift, framing.shift) * height
    width, height = width * zoom * stretch, height * zoom / stretch
    angle = random.uniform(-framing.turn, framing.turn) if random.random() < 0.7 else 0.0
    border = BORDERS[random.choice(3, p=(0.6, 0.25, 0.15))]
    resolution = round(min(max(max(width, height), size), 2 * size))
    return _turned(sample.pixels, (x - width / 2, y - height / 2, width, height), angle, resolution, border)


def _turned(pixels: Pixels, frame: Frame, angle: float, side: int, border: int) -> Pixels:
    """The part of the pixels in `frame`, turned by `angle` degrees, stretched onto a square of `side` pixels."""
    left, top, width, height = frame
    across, down = width / side, height / side
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    centre = side / 2 - 0.5
    matrix = np.array([[across * cos, -across * sin, 0.0], [down * sin, down * cos, 0.0]])
    matrix[:, 2] = (left + width / 2 - 0.5, top + height / 2 - 0.5) - matrix[:, :2] @ (centre, centre)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fill = [float(value) for value in pixels.mean(axis=(0, 1))]
    turned = cv2.warpAffine(pixels, matrix, (side, side), flags=flags, borderMode=border, borderValue=fill)
    return np.asarray(turned, np.uint8)


def relit(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Other light: brightness, contrast, gamma, white balance, saturation; now and then grey, dim or another hue."""
    values = np.arange(256, dtype=np.float32) / 255
    gain, contrast = random.uniform(0.7, 1.35), random.uniform(0.75, 1.3)
    if random.random() < 0.1:
        gain *= random.uniform(0.25, 0.6)
    curve = np.power(values, math.exp(random.uniform(-0.45, 0.45)))
    curve = ((curve - 0.5) * contrast + 0.5) * gain
    balance = random.uniform(0.86, 1.14, 3) if random.random() < 0.6 else np.ones(3)
    table = np.clip(255 * curve[:, None] * balance, 0, 255).astype(np.uint8)
    lit = cv2.LUT(pixels, table.reshape(256, 1, 3))
    return _recoloured(np.asarray(lit, np.uint8), random)


def _recoloured(pixels: Pixels, random: np.random.Generator) -> Pixels:
    choice = random.random()
    if choice < 0.1:
        return np.asarray(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    if choice < 0.45:
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int16)
        hsv[..., 0] = (hsv[..., 0] + round(random.uniform(-90, 90) if choice < 0.15 else random.uniform(-6, 6))) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * random.uniform(0.4, 1.5), 0, 255)
        return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)
    return pixels


def covered(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """A small patch hidden, never as large as a mask (Zhong et al., "Random Erasing", 2020)."""
    side = pixels.shape[0]
    height, width = (max(2, round(side * random.uniform(0.1, 0.28))) for _ in range(2))
    top, left = random.integers(0, side - height), random.integers(0, side - width)
    pixels = pixels.copy()
    pixels[top : top + height, left : left + width] = random.integers(0, 256, 3)
    return pixels


def worsened(pixels: Pixels, size: int, random: np.random.Generator) -> Pixels:
    """Fewer pixels, blur, noise and JPEG, in the order in which they befall a small face; (size, size, 3)."""
    side = size
    if random.random() < 0.45:
        side = min(size, round(math.exp(random.uniform(math.log(15), math.log(80)))))
    pixels = resized(pixels, side)
    for chance, change in CHANGES:
        if random.random() < chance:
            pixels = change(pixels, random)
    if side == size:
        return pixels
    how = ENLARGING[random.choice(3, p=(0.6, 0.35, 0.05))]
    return np.asarray(cv2.resize(pixels, (size, size), interpolation=how), np.uint8)


def blurred(pixels: Pixels, random: np.random.Generator) -> Pixels:
    sigma = random.uniform(0.3, 0.5 + pixels.shape[0] / 60)
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def moved(pixels: Pixels, random: np.random.Generator, most: int | None = None) -> Pixels:
    """Motion blur along a line of any direction, of `most` pixels or a tenth of the picture."""
    length = random.integers(3, max(4, most or pixels.shape[0] // 10) + 1)
    kernel = np.zeros((length, length), np.float32)
    middle, angle = (length - 1) / 2, random.uniform(0, math.pi)
    for step in np.linspace(-middle, middle, 2 * length):
        kernel[round(middle + step * math.sin(angle)), round(middle + step * math.cos(angle))] = 1
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum()), np.uint8)


def noisy(pixels: Pixels, random: np.random.Generator) -> Pixels:
    noise = random.normal(0, random.uniform(2, 16), pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def compressed(pixels: Pixels, random: np.random.Generator) -> Pixels:
    quality = int(random.integers(20, 92))
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


CHANGES: tuple[tuple[float, Callable[[Pixels, np.random.Generator], Pixels]], ...] = (
    (0.22, blurred),
    (0.08, moved),
    (0.18, noisy),
    (0.35, compressed),
)

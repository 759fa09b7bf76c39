"""Faces found with our own network, VGG16-SSD (`finder_network`): on the whole photo, and closer where needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from detection.vision.boxes import Box, FoundBox, ious
from detection.vision.classifier import pick_device, pick_dtype
from detection.vision.closer import CLOSER_PIXELS, closer_side, is_cut, tiles_of
from detection.vision.errors import WeightsError
from detection.vision.finder_network import LARGEST_STRIDE, Found, SlimVGG16SSD
from detection.vision.finder_spec import STARTER_FINDER, FinderSpec, read_finder_spec
from detection.vision.network import fold
from detection.vision.weights import check_hash, read_tensors

Pixels = NDArray[np.uint8]
MOST_BOXES = 400  # looked at for overlaps; the surest
PADDING = 114  # grey, as beside the photos in training
# A face with a longer side beyond this part of the picture's is larger than most that were learned: it is looked for
# once more on a smaller picture, at a quarter of the cost.
LARGE_FACE = 0.4
CERTAIN = 0.999  # a score beyond counts as this: trust stays finite


class Raw(NamedTuple):
    """Boxes (count, 4) as x, y, width, height in pixels, the surest first; scores (count,); label probabilities
    (count, classes)."""

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: NDArray[np.float64]


class SsdFinder:
    """Finds and judges faces in one pass. One finder must not be used by two threads at once."""

    name = "ssd"

    def __init__(
        self, model: nn.Module, spec: FinderSpec, device: str = "auto", closer_pixels: int = CLOSER_PIXELS
    ) -> None:
        self.spec, self.closer_pixels = spec, closer_pixels
        self.device = pick_device(device)
        self.dtype = pick_dtype(self.device)
        ready = fold(model).to(self.device, self.dtype).requires_grad_(requires_grad=False)
        self._model = ready.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._offset = torch.tensor(spec.mean, device=self.device).mul_(255).view(1, 3, 1, 1)
        self._scale = torch.tensor(spec.std, device=self.device).mul_(255).view(1, 3, 1, 1)

    @property
    def judged_by(self) -> str:
        """Whose word the labels of its faces are: "classifier", "finder" or "both"."""
        return self.spec.judged_by

    @property
    def unsure_below(self) -> float:
        return self.spec.unsure_below

    @classmethod
    def from_file(
        cls,
        path: Path | None = None,
        sha256: str | None = None,
        device: str = "auto",
        closer_pixels: int = CLOSER_PIXELS,
    ) -> Self:
        """The shipped finder, or another one. WeightsError when the file cannot be used or is not the one named."""
        path = path or STARTER_FINDER
        check_hash(path, sha256)
        return cls(*load(path), device, closer_pixels)

    def find(self, pixels: Pixels) -> list[FoundBox]:
        """Boxes in pixels of the picture given, uint8 (height, width, 3) RGB; scores 0 to 1, the surest first.

        The whole picture at the spec's working side, and at half of it when a face fills much of the picture; faint
        boxes are among them, marked as not sure.
        """
        side = min(self.spec.working_side, max(pixels.shape[:2]))
        found = self._found_at(side, pixels)
        large = [item for item in found if longer_side(item) > LARGE_FACE * max(pixels.shape[:2])]
        if not large:
            return found
        farther = [i for i in self._found_at(side // 2, pixels) if any(i.box.is_same_person(o.box) for o in large)]
        replaced = [o for o in large if any(o.box.is_same_person(i.box) for i in farther)]
        return self._joined([*(item for item in found if item not in replaced), *farther])

    def _found_at(self, side: int, pixels: Pixels) -> list[FoundBox]:
        small, scale = resized(pixels, side)
        return self.told(self.look(small, self.spec.faint_above), scale, pixels)

    def _joined(self, found: list[FoundBox]) -> list[FoundBox]:
        """The surest first, without those that a surer one overlaps."""
        ranked = sorted(found, key=lambda item: item.score, reverse=True)
        boxes = np.array([item.box for item in ranked], np.float64).reshape(-1, 4)
        return [ranked[at] for at in surest(boxes, self.spec.overlap)]

    def closer_side(self, found: Sequence[FoundBox], pixels: Pixels, photo: tuple[int, int]) -> int:
        """The longest side of the photo (width, height) at which to look again after `find`, 0 for not at all."""
        height, width = pixels.shape[:2]
        part = min(self.spec.working_side / max(height, width), 1.0)
        seen = [item._replace(box=item.box.scaled(part, part)) for item in found]
        searched = (max(round(width * part), 1), max(round(height * part), 1))
        return closer_side(seen, searched, photo, self.closer_pixels)

    def find_closely(self, pixels: Pixels, side: int, known: Sequence[FoundBox]) -> list[FoundBox]:
        """Faces found again with `side` pixels on the longer side, in tiles, joined with the sure ones of `known`.

        All boxes in pixels of the picture given, the surest first.
        """
        large = resized(pixels, side)[0]
        height, width = large.shape[:2]
        down, across = (given / seen for given, seen in zip(pixels.shape[:2], (height, width), strict=True))
        found = [item for item in known if item.sure]
        for tile in tiles_of(width, height):
            part = large[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
            for item in self.told(self.look(part, self.spec.found_above), 1.0, part):
                if not is_cut(item.box, tile, width, height):
                    place = Box(item.box.x + tile.left, item.box.y + tile.top, *item.box[2:])
                    found.append(item._replace(box=place.scaled(across, down)))
        return self._joined(found)

    def told(self, raw: Raw, scale: float, pixels: Pixels) -> list[FoundBox]:
        """From pixels of what the network saw to those of the picture; boxes that lie beside it are left out."""
        height, width = pixels.shape[:2]
        found = []
        for (x, y, wide, high), score, labels in zip(*raw, strict=True):
            left, top = round(x / scale), round(y / scale)
            box = Box(left, top, round((x + wide) / scale) - left, round((y + high) / scale) - top)
            if (box := box.clipped(width, height)).area:
                certain = min(float(score), CERTAIN)
                trust = self.spec.trust * (certain / (1 - certain)) ** (1 / self.spec.classifier_weight)
                by_label = dict(zip(self.spec.classes, map(float, labels), strict=True))
                sure = bool(score >= self.spec.found_above)
                found.append(FoundBox(box, float(score), self.name, trust, by_label, sure, trust >= 1))
        return found

    @torch.inference_mode()
    def look(self, pixels: Pixels, least_score: float) -> Raw:
        """What the network sees on a picture as large as it is, one box per face."""
        height, width = pixels.shape[:2]
        below, right = -height % LARGEST_STRIDE, -width % LARGEST_STRIDE
        padded = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(PADDING,) * 3)
        values = torch.from_numpy(padded[None]).to(self.device).permute(0, 3, 1, 2).float()
        return self._raw(self._model(values.sub_(self._offset).div_(self._scale).to(self.dtype)), least_score)

    def _raw(self, found: Found, least_score: float) -> Raw:
        scores = found.face[0].sigmoid()
        best = scores.topk(min(MOST_BOXES, len(scores)))
        kept = best.indices[best.values >= least_score]
        boxes = found.boxes[0][kept].double().cpu().numpy()
        boxes[:, 2:] -= boxes[:, :2]
        labels = (found.labels[0][kept].double() / self.spec.temperature).softmax(-1).cpu().numpy()
        chosen = surest(boxes, self.spec.overlap)
        return Raw(boxes[chosen], scores[kept].double().cpu().numpy()[chosen], labels[chosen])


def load(path: Path) -> tuple[nn.Module, FinderSpec]:
    """The network in eval mode, float32, and its spec; WeightsError "missing", "wrong_format" or "wrong_shape"."""
    spec = read_finder_spec(path)
    model = SlimVGG16SSD(len(spec.classes))
    try:
        model.load_state_dict(read_tensors(path))
    except RuntimeError as error:
        raise WeightsError("wrong_shape", f"The weights in {path.name} do not fit {spec.architecture}.") from error
    return model.eval(), spec


def longer_side(item: FoundBox) -> int:
    return max(item.box.width, item.box.height)


def surest(boxes: NDArray[np.float64], overlap: float) -> list[int]:
    """Non-maximum suppression over boxes sorted by score: places of those that no surer one overlaps by that IoU."""
    near = ious(boxes, boxes) > overlap
    free, kept = np.ones(len(boxes), bool), []
    for at in range(len(boxes)):
        if free[at]:
            kept.append(at)
            free &= ~near[at]
    return kept


def resized(pixels: Pixels, side: int) -> tuple[Pixels, float]:
    """The picture with `side` pixels on its longer side, and how many times as large that is."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale == 1.0:
        return pixels, scale
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8), scale

"""Judging faces: many crops, one forward pass, a calibrated score and a label for each."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from detection.vision.crops import Pixels, resized
from detection.vision.labels import BACKGROUND, Label
from detection.vision.network import fold
from detection.vision.pooling import fold_pooling
from detection.vision.spec import ModelSpec
from detection.vision.weights import load

TRIES, WORTH_IT = 6, 1.2  # bfloat16 must be so much quicker to be worth its lost digits
MOST_AT_ONCE = {"slim_vgg16": 64, "vgg16": 16}  # crops per pass: bounds the memory of a worker


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a crop shows. `scores`: face label -> probability, summing to 1; `score` the highest of them.

    `label` is UNSURE when the score lies below the spec's threshold. `is_background`: most likely no face at all, for
    `background`, the probability of that, 0 for a model that knows no background.
    """

    label: Label
    score: float
    scores: dict[str, float]
    is_background: bool
    background: float = 0.0


class Classifier:
    """Weights ready to judge. Not for two threads at once."""

    def __init__(self, model: nn.Module, spec: ModelSpec, device: str = "auto") -> None:
        self.spec = spec
        self.device = pick_device(device)
        self.dtype = pick_dtype(self.device)
        folded = (
            fold_pooling(fold(model), spec.input_size).to(self.device, self.dtype).requires_grad_(requires_grad=False)
        )
        self._model = folded.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        shape = (1, 3, 1, 1)
        self._offset = torch.tensor(spec.mean, device=self.device).mul_(255).view(shape)
        self._scale = torch.tensor(spec.std, device=self.device).mul_(255).view(shape)

    @classmethod
    def from_file(cls, path: Path, sha256: str | None = None, device: str = "auto") -> Self:
        """WeightsError when the file cannot be used or is not the one `sha256` names."""
        return cls(*load(Path(path), sha256), device)

    def judge(self, crops: Sequence[Pixels]) -> list[Judgement]:
        """One judgement per crop, in order. Crops: uint8 RGB (height, width, 3) of any size, stretched to a square."""
        return [judgement(row, self.spec) for row in self.probabilities(crops)]

    def probabilities(self, crops: Sequence[Pixels]) -> NDArray[np.float64]:
        """(count, classes): softmax of the logits over the spec's temperature (Guo et al., 2017)."""
        logits = self.logits(crops).astype(np.float64) / self.spec.temperature
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return powers / powers.sum(axis=1, keepdims=True)

    @torch.inference_mode()
    def logits(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """(count, classes) float32, before the temperature."""
        most = MOST_AT_ONCE[self.spec.architecture]
        parts = [self._forward(crops[start : start + most]) for start in range(0, len(crops), most)]
        empty = np.zeros((0, len(self.spec.classes)), np.float32)
        return np.concatenate([empty, *parts])

    def _forward(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        square = np.stack([resized(crop, self.spec.input_size) for crop in crops])
        # (count, height, width, 3) permuted is channels-last already: no copy is made.
        pictures = torch.from_numpy(square).to(self.device).permute(0, 3, 1, 2).float()
        pictures = pictures.sub_(self._offset).div_(self._scale).to(self.dtype)
        return np.asarray(self._model(pictures).float().cpu().numpy(), np.float32)


def judgement(probabilities: NDArray[np.float64], spec: ModelSpec) -> Judgement:
    """From the probabilities of all classes to the label a person sees."""
    by_class = dict(zip(spec.classes, map(float, probabilities), strict=True))
    background = by_class.pop(BACKGROUND, None)
    total = sum(by_class.values())
    # No face at all: any split of the rest is as good as another.
    scores = {name: value / total if total > 0 else 1 / len(by_class) for name, value in by_class.items()}
    best = max(scores, key=lambda name: scores[name])
    label = Label(best) if scores[best] >= spec.unsure_below else Label.UNSURE
    is_background = background is not None and background >= spec.background_above
    return Judgement(label, scores[best], scores, is_background, background or 0.0)


def pick_device(wanted: str) -> torch.device:
    """`auto` takes the GPU where there is one."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)


def pick_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the chip computes it natively and quicker; elsewhere float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return torch.bfloat16 if device.type == "cpu" and cpu_has_bf16() and cpu_gains_from_bf16() else torch.float32


def cpu_has_bf16() -> bool:
    """AVX512-BF16 or AMX (Linux, x86); MASKWEB_BF16=0 turns it off."""
    if os.environ.get("MASKWEB_BF16") == "0":
        return False
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return False
    return bool(flags & {"avx512_bf16", "amx_bf16"})


@cache
def cpu_gains_from_bf16() -> bool:
    """Tried once, in a tenth of a second: with AMX bfloat16 is several times quicker, with AVX512-BF16 alone it is
    quicker on some processors and slower on others."""
    return seconds_for_a_layer(torch.bfloat16) * WORTH_IT < seconds_for_a_layer(torch.float32)


@torch.inference_mode()
def seconds_for_a_layer(dtype: torch.dtype) -> float:
    """The quickest of a few tries, which other work on the machine disturbs least."""
    layer = nn.Conv2d(128, 128, 3, padding=1, dtype=dtype)
    picture = torch.ones(4, 128, 28, 28, dtype=dtype).contiguous(memory_format=torch.channels_last)
    quickest = float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        layer(picture)
        quickest = min(quickest, time.perf_counter() - start)
    return quickest

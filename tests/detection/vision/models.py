"""Tiny models for tests: real architectures, random weights, the same for the same seed."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from detection.vision.finder_network import SlimVGG16SSD
from detection.vision.finder_spec import FinderSpec
from detection.vision.network import build
from detection.vision.spec import ModelSpec
from detection.vision.weights import save

ALL_CLASSES = ("mask", "no_mask", "incorrect", "background")


def make_spec(**changes: object) -> ModelSpec:
    values: dict[str, object] = {
        "architecture": "slim_vgg16",
        "classes": ALL_CLASSES,
        "input_size": 32,
        "name": "tiny",
    }
    return ModelSpec(**{**values, **changes})  # type: ignore[arg-type]


def make_model(classes: tuple[str, ...] = ALL_CLASSES, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return with_a_past(build("slim_vgg16", classes))


def make_finder_model(seed: int = 0) -> SlimVGG16SSD:
    torch.manual_seed(seed)
    return with_a_past(SlimVGG16SSD(3))  # type: ignore[return-value]


def with_a_past(model: nn.Module) -> nn.Module:
    """Its batch normalisation has seen something, so that folding it matters."""
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2)
    return model.eval()


def save_model(path: Path, seed: int = 0, **changes: object) -> str:
    spec = make_spec(**changes)
    return save(make_model(spec.classes, seed), spec, path)


def save_finder(path: Path, seed: int = 0, **changes: object) -> str:
    return save(make_finder_model(seed), FinderSpec(name="tiny", **changes), path)  # type: ignore[arg-type]


def make_crops(count: int, side: int = 40, seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (side, side, 3), np.uint8) for _ in range(count)]

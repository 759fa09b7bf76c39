"""The two networks that judge faces: torchvision's VGG16, and the same thirteen convolutions at a quarter of the width.

VGG16: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015.
The slim one has batch normalisation (Ioffe and Szegedy, 2015) after every convolution, folded away for serving, and
global average pooling (Lin et al., "Network In Network", 2014) in place of the three wide layers at the end.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# Output channels of the thirteen convolutions, in the five groups that each end with a halving of the picture.
GROUPS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
SLIM_DIVISOR = 4
ARCHITECTURES = ("slim_vgg16", "vgg16")


class SlimVGG16(nn.Module):
    """(count, 3, side, side) normalised pictures in, (count, classes) logits out; any side of at least 32."""

    def __init__(self, classes: int, divisor: int = SLIM_DIVISOR, dropout: float = 0.2) -> None:
        super().__init__()
        self.features = nn.Sequential(*slim_layers(divisor))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(GROUPS[-1][-1] // divisor, classes)
        _initialise(self)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        pooled = self.features(pictures).mean(dim=(2, 3))
        return cast(torch.Tensor, self.head(self.dropout(pooled)))


def slim_layers(divisor: int) -> Iterator[nn.Module]:
    channels = 3
    for group in GROUPS:
        for width in (wide // divisor for wide in group):
            yield nn.Conv2d(channels, width, 3, padding=1, bias=False)
            yield nn.BatchNorm2d(width)
            yield nn.ReLU(inplace=True)
            channels = width
        yield nn.MaxPool2d(2)


def _initialise(model: nn.Module) -> None:
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)


def build(architecture: str, classes: Sequence[str]) -> nn.Module:
    """A network with random weights and one output per class; ValueError for an architecture we do not know."""
    if architecture == "slim_vgg16":
        return SlimVGG16(len(classes))
    if architecture == "vgg16":
        return with_new_head(_torchvision_vgg16(), len(classes))
    raise ValueError(f"Unknown architecture {architecture!r}: this version knows {', '.join(ARCHITECTURES)}.")


def _torchvision_vgg16() -> nn.Module:
    from detection.vision import torchvision_compat  # noqa: F401  must come before torchvision

    from torchvision.models import vgg16  # isort: skip

    return cast(nn.Module, vgg16(weights=None, init_weights=False))


def with_new_head(vgg: nn.Module, classes: int) -> nn.Module:
    """Torchvision's VGG16 for our classes: last layer replaced, features frozen (the notebook's recipe)."""
    layers = cast(nn.Sequential, vgg.classifier)
    layers[-1] = nn.Linear(cast(nn.Linear, layers[-1]).in_features, classes)
    cast(nn.Module, vgg.features).requires_grad_(requires_grad=False)
    return vgg


def fold(model: nn.Module) -> nn.Module:
    """The same function without batch normalisation: its scale and shift move into the convolution before it.

    Changes the model given (in eval mode) and gives it back. Layers without batch normalisation stay as they are.
    """
    for name, part in list(model.eval().named_modules()):
        if isinstance(part, nn.Sequential) and name:
            model.set_submodule(name, folded(part))
    return model


def folded(layers: nn.Sequential) -> nn.Sequential:
    kept = list(layers)
    for index, (first, second) in enumerate(pairwise(layers)):
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            kept[index] = fuse_conv_bn_eval(first, second)
    return nn.Sequential(*(layer for layer in kept if not isinstance(layer, nn.BatchNorm2d)))

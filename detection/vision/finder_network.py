"""VGG16-SSD in the slim width: the thirteen convolutions that judge faces, with heads that find them on a photo.

One pass tells, for cells of 4, 8, 16 and 32 pixels, whether a face has its middle about there, where its sides are and
how its mask is worn. Sources: Liu et al., "SSD: Single Shot MultiBox Detector" (ECCV 2016), for heads at several depths
of VGG16 and the dilated convolution behind it; Lin et al., "Feature Pyramid Networks" (CVPR 2017), for the way back up;
Tian et al., "FCOS" (ICCV 2019), for distances to four sides instead of anchor boxes.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import nn
from torch.nn import functional

from detection.vision.network import GROUPS, SLIM_DIVISOR, slim_layers

STRIDES = (4, 8, 16, 32)
WIDTHS = (32, 64, 64, 64)  # channels at each stride on the way back up
LARGEST_STRIDE = STRIDES[-1]
START_SIDE = 2.5  # distance to a side, in strides, that a head without opinion tells
FEW_FACES = -4.6  # the logit of 1 in 100: at the start hardly a cell is a face
LOG_DISTANCE_LIMIT = 4.0


class Found(NamedTuple):
    """What the network tells of every cell, over all strides: `face` logits (count, cells), `labels` logits (count,
    cells, classes), `boxes` (count, cells, 4) as left, top, right, bottom in pixels of the picture given."""

    face: torch.Tensor
    labels: torch.Tensor
    boxes: torch.Tensor


class SlimVGG16SSD(nn.Module):
    """(count, 3, height, width) normalised pictures, both sides multiples of 32, in; `Found` out."""

    def __init__(self, classes: int, divisor: int = SLIM_DIVISOR) -> None:
        super().__init__()
        self.features = nn.Sequential(*slim_layers(divisor))
        depths = [GROUPS[group][-1] // divisor for group in (2, 3, 4, 4)]
        self.context = nn.Sequential(*convolved(depths[2], depths[3]), *convolved(depths[3], depths[3], dilation=2))
        self.laterals = nn.ModuleList(nn.Conv2d(d, w, 1) for d, w in zip(depths, WIDTHS, strict=True))
        self.narrowed = nn.ModuleList(nn.Conv2d(WIDTHS[at + 1], WIDTHS[at], 1) for at in range(len(WIDTHS) - 1))
        self.smoothed = nn.ModuleList(nn.Sequential(*convolved(width, width)) for width in WIDTHS)
        self.heads = nn.ModuleList(
            nn.Sequential(*convolved(width, width), nn.Conv2d(width, 5 + classes, 1)) for width in WIDTHS
        )
        self._initialise()

    def _initialise(self) -> None:
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        for head in self.heads:
            last = cast(nn.Conv2d, cast(nn.Sequential, head)[-1])
            nn.init.normal_(last.weight, std=0.01)
            with torch.no_grad():
                cast(torch.Tensor, last.bias)[0] = FEW_FACES

    def forward(self, pictures: torch.Tensor) -> Found:
        outputs = [head(level) for head, level in zip(self.heads, self.levels(pictures), strict=True)]
        return decoded(outputs)

    def levels(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """The features at each stride, finest first."""
        groups, values = [], pictures
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                groups.append(values)
            values = layer(values)
        depths = [*groups[2:], self.context(values)]
        levels = [lateral(depth) for lateral, depth in zip(self.laterals, depths, strict=True)]
        for at in range(len(levels) - 2, -1, -1):
            levels[at] = levels[at] + functional.interpolate(self.narrowed[at](levels[at + 1]), scale_factor=2.0)
        return [smooth(level) for smooth, level in zip(self.smoothed, levels, strict=True)]


def convolved(channels: int, width: int, dilation: int = 1) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation, bias=False)
    return convolution, nn.BatchNorm2d(width), nn.ReLU(inplace=True)


def decoded(outputs: Sequence[torch.Tensor]) -> Found:
    """From the heads' maps, finest first, to faces per cell."""
    faces, labels, boxes = [], [], []
    for output, stride in zip(outputs, STRIDES, strict=True):
        cells = output.float().permute(0, 2, 3, 1)
        height, width = cells.shape[1:3]
        rows = (torch.arange(height, device=cells.device) + 0.5) * stride
        columns = (torch.arange(width, device=cells.device) + 0.5) * stride
        middle = torch.stack([columns.expand(height, width), rows[:, None].expand(height, width)], dim=-1)
        sides = cells[..., 1:5].clamp(-LOG_DISTANCE_LIMIT, LOG_DISTANCE_LIMIT).exp() * (START_SIDE * stride)
        box = torch.cat([middle - sides[..., :2], middle + sides[..., 2:]], dim=-1)
        faces.append(cells[..., 0].flatten(1))
        labels.append(cells[..., 5:].flatten(1, 2))
        boxes.append(box.flatten(1, 2))
    return Found(torch.cat(faces, 1), torch.cat(labels, 1), torch.cat(boxes, 1))


def cells_of(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Middles (cells, 2) as x, y in pixels and strides (cells,) of all cells, in the order of `Found`."""
    middles, strides = [], []
    for stride in STRIDES:
        rows, columns = (torch.arange(side // stride) * stride + stride / 2 for side in (height, width))
        grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)
        middles.append(grid.reshape(-1, 2))
        strides.append(torch.full((len(middles[-1]),), float(stride)))
    return torch.cat(middles), torch.cat(strides)

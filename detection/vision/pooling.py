"""VGG16 on small faces: the pooling before its first linear layer, computed once instead of for every face."""

from typing import cast

import torch
from torch import nn

STRIDE = 32  # pixels of the picture per cell that VGG16's last convolution leaves


@torch.no_grad()
def fold_pooling(model: nn.Module, input_size: int) -> nn.Module:
    """The same function for pictures of that size, with fewer weights. Changes the model given and gives it back.

    VGG16's adaptive pooling always answers 7 x 7 cells. Where the convolutions leave fewer (3 x 3 for 96 pixels) it
    only repeats and mixes them, which is linear: so it becomes part of the first linear layer, which then has 9 / 49 of
    its weights. Models of another shape stay as they are.
    """
    pooling, head, cells = getattr(model, "avgpool", None), getattr(model, "classifier", None), input_size // STRIDE
    if not isinstance(pooling, nn.AdaptiveAvgPool2d) or not isinstance(head, nn.Sequential):
        return model
    first, wanted = head[0], cast(tuple[int, int], pooling.output_size)[0]
    if not isinstance(first, nn.Linear) or not 0 < cells < wanted:
        return model
    unit = torch.eye(cells * cells, dtype=first.weight.dtype).view(-1, 1, cells, cells)
    mixing = pooling(unit).flatten(1)  # (cells of the convolutions, cells of the pooling)
    by_cell = first.weight.view(first.out_features, -1, wanted * wanted)
    folded = nn.Linear(by_cell.shape[1] * cells * cells, first.out_features)
    folded.weight = nn.Parameter((by_cell @ mixing.T).flatten(1))
    folded.bias = first.bias
    head[0], model.avgpool = folded, nn.Identity()
    return model

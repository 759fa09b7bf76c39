"""Folding VGG16's pooling changes its size, never its answers."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from detection.vision.network import build
from detection.vision.pooling import fold_pooling


class SmallVGG(nn.Module):
    """VGG16's shape with two channels: quick, and its pooling is the same."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1), nn.MaxPool2d(32))
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(nn.Linear(2 * 49, 5), nn.ReLU(), nn.Linear(5, 3))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(pictures)), 1))


@pytest.fixture(autouse=True)
def _same_weights() -> Iterator[None]:
    with torch.random.fork_rng(), torch.inference_mode(mode=False):
        torch.manual_seed(3)
        yield


@pytest.mark.parametrize("side", [32, 64, 96, 100, 128, 192])
def test_the_answers_stay_the_same(side: int) -> None:
    model, pictures = SmallVGG(), torch.rand(4, 3, side, side)
    before = model(pictures)
    weights = model.classifier[0].weight.numel()

    folded = fold_pooling(model, side)

    assert torch.allclose(folded(pictures), before, atol=1e-5)
    assert folded.classifier[0].weight.numel() == weights * (side // 32) ** 2 // 49


@pytest.mark.parametrize("side", [224, 256])
def test_there_is_nothing_to_fold_for_large_pictures(side: int) -> None:
    model = SmallVGG()
    first = model.classifier[0]
    assert fold_pooling(model, side).classifier[0] is first


def test_models_of_another_shape_stay_as_they_are() -> None:
    model = build("slim_vgg16", ("mask", "no_mask")).eval()
    pictures = torch.rand(2, 3, 64, 64)
    before = model(pictures)
    assert torch.equal(fold_pooling(model, 64)(pictures), before)

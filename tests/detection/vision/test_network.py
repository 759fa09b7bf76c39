import pytest
import torch
from torch import nn

from detection.vision.network import GROUPS, build, fold, with_new_head
from tests.detection.vision.models import ALL_CLASSES, make_model


def convolutions(model: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]


@pytest.fixture(scope="module")
def full() -> nn.Module:
    """Half a gigabyte: made once, changed by no test."""
    return build("vgg16", ALL_CLASSES)


def test_the_slim_network_has_the_thirteen_convolutions_at_a_quarter_of_the_width() -> None:
    widths = [layer.out_channels for layer in convolutions(build("slim_vgg16", ALL_CLASSES))]

    assert len(widths) == 13
    assert widths == [width // 4 for group in GROUPS for width in group]


def test_the_full_network_has_the_same_convolutions_as_the_slim_one_but_wider(full: nn.Module) -> None:
    slim = convolutions(build("slim_vgg16", ALL_CLASSES))

    assert [layer.out_channels for layer in convolutions(full)] == [4 * layer.out_channels for layer in slim]


def test_the_full_network_learns_with_its_features_frozen_and_a_new_last_layer(full: nn.Module) -> None:
    assert not any(parameter.requires_grad for parameter in full.features.parameters())
    assert all(parameter.requires_grad for parameter in full.classifier.parameters())
    assert full.classifier[-1].out_features == len(ALL_CLASSES)


def test_a_new_head_changes_the_number_of_classes_only() -> None:
    model = nn.Module()
    model.features, model.classifier = nn.Conv2d(3, 2, 3), nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 9))

    with_new_head(model, 2)

    assert (model.classifier[-1].in_features, model.classifier[-1].out_features) == (5, 2)
    assert model.classifier[0].out_features == 5


@pytest.mark.parametrize("side", [32, 75, 96])
def test_the_slim_network_takes_pictures_of_any_side(side: int) -> None:
    assert make_model()(torch.zeros(2, 3, side, side)).shape == (2, 4)


def test_folding_leaves_no_normalisation_and_the_same_answers() -> None:
    model, pictures = make_model(), torch.randn(3, 3, 48, 48, generator=torch.manual_seed(1))
    before = model(pictures)

    folded = fold(model)

    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.modules())
    assert len(convolutions(folded)) == 13
    torch.testing.assert_close(folded(pictures), before, atol=1e-4, rtol=1e-4)


def test_folding_a_network_without_normalisation_changes_nothing() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 3))
    model.features = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())
    weight = model.features[0].weight.clone()

    assert torch.equal(fold(model).features[0].weight, weight)


def test_folding_reaches_every_row_of_layers_wherever_it_stands() -> None:
    model = nn.Module()
    model.one = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.ReLU())
    model.many = nn.ModuleList([nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.Conv2d(2, 1, 1))])

    fold(model)

    assert [type(layer) for layer in (*model.one, *model.many[0])] == [nn.Conv2d, nn.ReLU, nn.Conv2d, nn.Conv2d]


def test_an_unknown_architecture_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="resnet50"):
        build("resnet50", ALL_CLASSES)

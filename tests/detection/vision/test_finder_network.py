import pytest
import torch
from torch import nn

from detection.vision.finder_network import START_SIDE, STRIDES, SlimVGG16SSD, cells_of, decoded
from detection.vision.network import fold
from tests.detection.vision.models import make_finder_model, make_model


def maps(height: int, width: int, classes: int = 3) -> list[torch.Tensor]:
    """What heads without any opinion tell of a picture of that size."""
    return [torch.zeros(1, 5 + classes, height // stride, width // stride) for stride in STRIDES]


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96), (128, 32)])
def test_every_cell_tells_a_face_labels_and_a_box(height: int, width: int) -> None:
    found = make_finder_model()(torch.zeros(2, 3, height, width))

    cells = sum((height // stride) * (width // stride) for stride in STRIDES)
    assert found.face.shape == (2, cells)
    assert found.labels.shape == (2, cells, 3)
    assert found.boxes.shape == (2, cells, 4)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96), (96, 64)])
def test_cells_stand_in_the_order_in_which_the_network_tells_them(height: int, width: int) -> None:
    boxes = decoded(maps(height, width)).boxes[0]
    middles, strides = cells_of(height, width)

    assert torch.allclose((boxes[:, :2] + boxes[:, 2:]) / 2, middles)
    assert torch.allclose(boxes[:, 2] - boxes[:, 0], 2 * START_SIDE * strides)


def test_cells_lie_in_the_picture_and_the_finest_come_first() -> None:
    middles, strides = cells_of(32, 64)

    assert middles[0].tolist() == [2.0, 2.0]
    assert middles[1].tolist() == [6.0, 2.0]
    assert middles[-1].tolist() == [48.0, 16.0]
    assert strides.unique_consecutive().tolist() == [4.0, 8.0, 16.0, 32.0]
    assert (middles > 0).all()
    assert (middles < torch.tensor([64.0, 32.0])).all()


@pytest.mark.parametrize(("level", "row", "column"), [(0, 3, 5), (1, 2, 7), (2, 0, 1), (3, 1, 2)])
def test_a_face_told_by_one_cell_comes_out_there(level: int, row: int, column: int) -> None:
    outputs, stride = maps(64, 96), STRIDES[level]
    distances = torch.tensor([0.5, 1.0, 2.0, 1.5])  # in strides: left, top, right, bottom
    outputs[level][0, 0, row, column] = 9.0
    outputs[level][0, 1:5, row, column] = (distances / START_SIDE).log()
    outputs[level][0, 5:, row, column] = torch.tensor([0.0, 4.0, 1.0])

    found = decoded(outputs)

    cell = int(found.face[0].argmax())
    x, y = (column + 0.5) * stride, (row + 0.5) * stride
    expected = torch.tensor([x - 0.5 * stride, y - stride, x + 2 * stride, y + 1.5 * stride])
    torch.testing.assert_close(found.boxes[0, cell], expected)
    assert found.labels[0, cell].tolist() == [0.0, 4.0, 1.0]


def test_no_answer_makes_a_box_without_end() -> None:
    outputs = [output + 1e9 for output in maps(32, 32)]

    assert torch.isfinite(decoded(outputs).boxes).all()


def test_at_the_start_hardly_a_cell_is_a_face() -> None:
    torch.manual_seed(0)
    found = SlimVGG16SSD(3).eval()(torch.randn(1, 3, 64, 64))

    assert float(found.face.detach().sigmoid().mean()) < 0.05


def test_folding_leaves_no_normalisation_and_the_same_answers() -> None:
    model, pictures = make_finder_model(), torch.randn(2, 3, 64, 64, generator=torch.manual_seed(1))
    before = model(pictures)

    folded = fold(model)

    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.modules())
    for after, same in zip(folded(pictures), before, strict=True):
        torch.testing.assert_close(after, same, atol=1e-3, rtol=1e-3)


def test_the_convolutions_of_a_classifier_fit_in() -> None:
    classifier, finder = make_model(seed=3), SlimVGG16SSD(3).eval()

    finder.features.load_state_dict(classifier.features.state_dict())

    pictures = torch.randn(1, 3, 64, 64, generator=torch.manual_seed(1))
    torch.testing.assert_close(finder.features(pictures), classifier.features(pictures))


def test_faces_of_all_sizes_and_all_layers_learn_from_an_answer() -> None:
    model = SlimVGG16SSD(3)
    found = model(torch.randn(2, 3, 64, 64))

    (found.face.sum() + found.labels.sum() + found.boxes.mean()).backward()

    assert all(parameter.grad is not None for parameter in model.parameters())

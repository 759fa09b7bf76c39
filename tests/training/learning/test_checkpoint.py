import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from training.learning.checkpoint import load_checkpoint, save_checkpoint
from training.learning.errors import LearningError


def make_parts(
    seed: int, kind: type[torch.optim.Optimizer] = torch.optim.SGD
) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    changes = {"momentum": 0.9} if kind is torch.optim.SGD else {}
    return model, kind(model.parameters(), lr=0.1, **changes)


def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model(torch.arange(12.0).reshape(4, 3)).square().sum().backward()
    optimizer.step()


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
def test_a_restored_run_takes_the_same_next_step(tmp_path: Path, kind: type[torch.optim.Optimizer]) -> None:
    model, optimizer = make_parts(1, kind)
    step(model, optimizer)
    save_checkpoint(tmp_path / "run" / "last", {"model": model}, optimizer, {"epoch": 3, "best": 0.5})
    step(model, optimizer)

    other, its_optimizer = make_parts(2, kind)
    state = load_checkpoint(tmp_path / "run" / "last", {"model": other}, its_optimizer)
    step(other, its_optimizer)

    assert state == {"epoch": 3, "best": 0.5}
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_several_models_lie_in_one_file(tmp_path: Path) -> None:
    model, optimizer = make_parts(1)
    average = copy.deepcopy(model)
    step(model, optimizer)
    save_checkpoint(tmp_path / "last", {"model": model, "average": average}, optimizer, {})

    one, two = make_parts(2)[0], make_parts(3)[0]
    load_checkpoint(tmp_path / "last", {"model": one, "average": two}, make_parts(1)[1])

    assert torch.equal(one[0].weight, model[0].weight)
    assert torch.equal(two[0].weight, average[0].weight)


def test_nothing_but_the_checkpoint_is_left_in_the_folder(tmp_path: Path) -> None:
    model, optimizer = make_parts(1)
    for _ in range(2):
        save_checkpoint(tmp_path / "last", {"model": model}, optimizer, {})

    assert [path.name for path in tmp_path.iterdir()] == ["last"]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "last").write_bytes(data)
    model, optimizer = make_parts(1)

    with pytest.raises(LearningError, match="without --resume"):
        load_checkpoint(tmp_path / "last", {"model": model}, optimizer)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    model, optimizer = make_parts(1)
    save_checkpoint(tmp_path / "last", {"model": model}, optimizer, {})

    with pytest.raises(LearningError, match="no checkpoint of this run"):
        load_checkpoint(tmp_path / "last", {"model": nn.Linear(2, 2)}, optimizer)

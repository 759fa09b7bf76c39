"""A training run that can go on after a stop: everything it needs in one safetensors file, no pickle."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from training.learning.errors import LearningError

STATE_KEY = "maskweb_training"


def save_checkpoint(
    path: Path, models: dict[str, nn.Module], optimizer: torch.optim.Optimizer, state: dict[str, Any]
) -> None:
    """Written beside and renamed: a stop in the middle leaves the checkpoint before."""
    tensors = {
        f"{name}/{key}": value.detach().contiguous().clone()
        for name, model in models.items()
        for key, value in model.state_dict().items()
    }
    for number, values in optimizer.state_dict()["state"].items():
        for key, value in values.items():
            if isinstance(value, torch.Tensor):
                tensors[f"optimizer/{number}/{key}"] = value.detach().contiguous().clone()
    _write(tensors, path, {STATE_KEY: json.dumps(state)})


def save_weights(path: Path, model: nn.Module) -> None:
    """The weights alone, in full precision."""
    _write({key: value.detach().contiguous().clone() for key, value in model.state_dict().items()}, path, {})


def _write(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".part")
    save_file(tensors, waiting, metadata=metadata)
    waiting.replace(path)


def load_checkpoint(path: Path, models: dict[str, nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Fills models and optimizer, gives the state; LearningError when the file does not fit them."""
    try:
        state = _read_state(path)
        tensors = load_file(path)
        for name, model in models.items():
            model.load_state_dict(_below(f"{name}/", tensors))
        _fill_optimizer(optimizer, _below("optimizer/", tensors))
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        detail = f"{path} is no checkpoint of this run: start again without --resume."
        raise LearningError(detail) from error
    return state


def _read_state(path: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return json.loads((file.metadata() or {})[STATE_KEY])


def _below(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _fill_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    values = optimizer.state_dict()
    values["state"] = {}
    for key, tensor in tensors.items():
        number, name = key.split("/")
        values["state"].setdefault(int(number), {})[name] = tensor
    optimizer.load_state_dict(values)

"""Weights on disk: safetensors with the spec inside, written whole or not at all, checked before use; no pickle."""

import json
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import nn

from detection.vision.errors import WeightsError
from detection.vision.finder_spec import FinderSpec
from detection.vision.network import ARCHITECTURES, build
from detection.vision.spec import METADATA_KEY, ModelSpec, file_sha256, not_safetensors, read_spec


def save(model: nn.Module, spec: ModelSpec | FinderSpec, path: Path, *, half: bool = True) -> str:
    """Writes `path` and `path`.sha256 and gives the hex SHA-256.

    With `half` the matrices are kept as float16, which halves the file; the vectors (biases, batch normalisation) stay
    float32, because their range can be wider than float16's.
    """
    path = Path(path)
    tensors = {name: _kept(value, half=half) for name, value in model.state_dict().items()}
    data = to_bytes(tensors, metadata={METADATA_KEY: json.dumps(spec.to_json())})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    digest = file_sha256(path)
    write_whole(path.with_name(path.name + ".sha256"), f"{digest}  {path.name}\n".encode())
    return digest


def _kept(value: torch.Tensor, *, half: bool) -> torch.Tensor:
    small = half and value.is_floating_point() and value.ndim > 1
    return value.detach().cpu().to(torch.float16 if small else value.dtype).contiguous()


def write_whole(path: Path, data: bytes) -> None:
    """Beside, then renamed: whoever reads `path` sees the old file or the new one, never a part."""
    handle, waiting = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(waiting).chmod(0o644)
        Path(waiting).replace(path)
    except BaseException:
        Path(waiting).unlink(missing_ok=True)
        raise


def load(path: Path, sha256: str | None = None) -> tuple[nn.Module, ModelSpec]:
    """The model in eval mode, float32, and its spec.

    WeightsError: "missing", "wrong_hash" (the file is not the one `sha256` names), "wrong_format" (no safetensors, no
    spec, or an architecture this version does not know), "wrong_shape" (the weights do not fit the architecture).
    """
    path = Path(path)
    check_hash(path, sha256)
    spec = read_spec(path)
    if spec.architecture not in ARCHITECTURES:
        detail = f"{path.name} holds a {spec.architecture!r}; this version knows {', '.join(ARCHITECTURES)}."
        raise WeightsError("wrong_format", detail)
    model = build(spec.architecture, spec.classes)
    try:
        model.load_state_dict(read_tensors(path))
    except RuntimeError as error:
        detail = f"The weights in {path.name} do not fit {spec.architecture} with {len(spec.classes)} classes."
        raise WeightsError("wrong_shape", detail) from error
    return model.eval(), spec


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file, floating ones as float32; WeightsError "wrong_format" when damaged."""
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise WeightsError("wrong_format", not_safetensors(path)) from error
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}


def check_hash(path: Path, sha256: str | None) -> None:
    """WeightsError "wrong_hash" unless the file's SHA-256 is the one given; nothing is checked without one."""
    if sha256 and file_sha256(path) != sha256.strip().lower():
        detail = f"{path.name} is not the file it should be (its SHA-256 differs): copy or download it again."
        raise WeightsError("wrong_hash", detail)

"""VGG16 as trained on ImageNet, to start from: through torchvision's weights API and cache, or from a local file."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import cast
from urllib.error import URLError

import torch
from torch import nn

from detection.vision.errors import WeightsError
from detection.vision.network import build
from detection.vision.weights import check_hash, read_tensors


def imagenet_vgg16(file: Path | None = None, sha256: str | None = None) -> nn.Module:
    """Torchvision's VGG16 (1000 classes) with ImageNet weights.

    From `file` (safetensors, or torchvision's own .pth) when given, otherwise from torchvision's cache
    (`TORCH_HOME`/hub/checkpoints), downloaded into it once and checked against the hash in its name.
    WeightsError: "missing", "wrong_hash", "wrong_format", "wrong_shape", "offline".
    """
    if file is None:
        return _downloaded()
    check_hash(file, sha256)
    model = build("vgg16", ["class"] * 1000)
    try:
        model.load_state_dict(_tensors_of(Path(file)))
    except RuntimeError as error:
        detail = f"The weights in {Path(file).name} are not those of torchvision's VGG16 for 1000 classes."
        raise WeightsError("wrong_shape", detail) from error
    return model


def _downloaded() -> nn.Module:
    from detection.vision import torchvision_compat  # noqa: F401  must come before torchvision

    from torchvision.models import VGG16_Weights, vgg16  # isort: skip

    try:
        with redirect_stdout(sys.stderr):  # torch announces the download; standard output may carry JSON
            state = VGG16_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, TimeoutError, ConnectionError) as error:
        raise WeightsError("offline", offline(VGG16_Weights.IMAGENET1K_V1.url)) from error
    except RuntimeError as error:
        detail = "The downloaded ImageNet weights are damaged (their hash differs): try again."
        raise WeightsError("wrong_hash", detail) from error
    except Exception as error:  # torch raises many kinds for a damaged file
        detail = "The downloaded ImageNet weights cannot be read: remove them from torch's cache and try again."
        raise WeightsError("wrong_format", detail) from error
    model = cast(nn.Module, vgg16(weights=None, init_weights=False))
    model.load_state_dict(state)
    return model


def offline(url: str) -> str:
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    return (
        f"The ImageNet weights could not be downloaded from {url}. Connect to the network once, or download the file "
        f"elsewhere and put it into {folder}, or give its path with --base-weights."
    )


def _tensors_of(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise WeightsError("missing", f"{path} cannot be read: check the path of the ImageNet weights.")
    if path.suffix == ".safetensors":
        return read_tensors(path)
    try:
        # weights_only reads tensors and nothing else: no code in the file is run.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        raise WeightsError("wrong_format", f"{path.name} holds no weights that torch can read.") from error
    if not isinstance(state, dict):
        raise WeightsError("wrong_format", f"{path.name} holds no table of weights.")
    return cast(dict[str, torch.Tensor], state)

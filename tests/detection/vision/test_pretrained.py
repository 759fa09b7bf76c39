import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from detection.vision import pretrained
from detection.vision import torchvision_compat as _compat  # noqa: F401  must come before torchvision
from detection.vision.errors import WeightsError
from detection.vision.pretrained import imagenet_vgg16

from torchvision import models  # isort: skip


def tiny_vgg(*_args: object, **_kwargs: object) -> nn.Module:
    return nn.Sequential(nn.Linear(2, 3))


def file_of(state: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


STATE = {"0.weight": torch.arange(6.0).reshape(3, 2), "0.bias": torch.ones(3)}


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """VGG16 itself has half a gigabyte of weights: what is tested here is the way they take."""
    monkeypatch.setattr(models, "vgg16", tiny_vgg)
    monkeypatch.setattr(pretrained, "build", tiny_vgg)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked += 1  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.server.data)))  # type: ignore[attr-defined]
            self.end_headers()
            self.wfile.write(self.server.data)  # type: ignore[attr-defined]

        def log_message(self, *_args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        running.data, running.asked = file_of(STATE), 0  # type: ignore[attr-defined]
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def offer(server: HTTPServer, monkeypatch: pytest.MonkeyPatch, digest: str | None = None) -> None:
    digest = digest or hashlib.sha256(server.data).hexdigest()[:8]  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{server.server_port}/vgg16-{digest}.pth"
    monkeypatch.setattr(models.VGG16_Weights.IMAGENET1K_V1.value, "url", url)


def test_the_weights_are_downloaded_once_and_then_come_from_the_cache(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(server, monkeypatch)

    loaded = [imagenet_vgg16() for _ in range(2)]

    assert all(torch.equal(model[0].weight, STATE["0.weight"]) for model in loaded)
    assert server.asked == 1  # type: ignore[attr-defined]


def test_a_download_with_another_hash_is_refused_and_not_kept(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offer(server, monkeypatch, "0badcafe")

    with pytest.raises(WeightsError, match="damaged") as caught:
        imagenet_vgg16()
    assert caught.value.code == "wrong_hash"
    assert not list((tmp_path / "cache").rglob("*.pth"))


def test_without_network_it_says_where_to_put_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/vgg16-397923af.pth"
    monkeypatch.setattr(models.VGG16_Weights.IMAGENET1K_V1.value, "url", url)

    with pytest.raises(WeightsError) as caught:
        imagenet_vgg16()

    assert caught.value.code == "offline"
    for part in (url, str(tmp_path / "cache"), "--base-weights"):
        assert part in str(caught.value)


def test_a_download_that_holds_code_is_not_run(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "boom",)

    server.data = file_of(Bomb())  # type: ignore[attr-defined]
    offer(server, monkeypatch)

    with pytest.raises(WeightsError):
        imagenet_vgg16()
    assert not (tmp_path / "boom").exists()


def test_a_local_file_is_used_without_network(tmp_path: Path) -> None:
    (tmp_path / "vgg16.pth").write_bytes(file_of(STATE))
    save_file(STATE, tmp_path / "vgg16.safetensors")

    for name in ("vgg16.pth", "vgg16.safetensors"):
        assert torch.equal(imagenet_vgg16(tmp_path / name)[0].weight, STATE["0.weight"])


def test_the_hash_of_a_local_file_is_checked_when_given(tmp_path: Path) -> None:
    data = file_of(STATE)
    (tmp_path / "vgg16.pth").write_bytes(data)

    assert imagenet_vgg16(tmp_path / "vgg16.pth", hashlib.sha256(data).hexdigest())
    with pytest.raises(WeightsError) as caught:
        imagenet_vgg16(tmp_path / "vgg16.pth", "1" * 64)
    assert caught.value.code == "wrong_hash"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not a file of torch", "wrong_format"),
        (file_of([1, 2]), "wrong_format"),
        (file_of({"0.weight": torch.zeros(1)}), "wrong_shape"),
    ],
)
def test_a_local_file_of_another_kind_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "vgg16.pth").write_bytes(data)

    with pytest.raises(WeightsError) as caught:
        imagenet_vgg16(tmp_path / "vgg16.pth")
    assert caught.value.code == code


def test_a_local_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        imagenet_vgg16(tmp_path / "none.pth")
    assert caught.value.code == "missing"

import subprocess
import sys

from detection.vision import torchvision_compat


def run_fresh(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_torchvision_can_be_imported_after_it_and_builds_models() -> None:
    code = (
        "import detection.vision.torchvision_compat\n"
        "from torchvision.models import vgg16\n"
        "print(type(vgg16(weights=None, init_weights=False)).__name__)"
    )

    assert run_fresh(code) == "VGG"


def test_every_operator_exists_afterwards() -> None:
    assert all(torchvision_compat.operator_exists(name) for name in torchvision_compat.SCHEMAS)


def test_nothing_is_declared_twice() -> None:
    assert torchvision_compat.declare_missing() == []


def test_an_operator_that_is_not_there_is_noticed() -> None:
    assert not torchvision_compat.operator_exists("surely_no_operator")

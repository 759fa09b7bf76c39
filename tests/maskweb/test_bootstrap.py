"""bootstrap.py in a folder of its own, with a stand-in for .venv's Python that only notes what it is asked to do."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from tests.maskweb.patience import as_in_a_terminal, wait_until
from tests.requirements import ROOT

PYTHON_STAND_IN = """#!/bin/sh
echo "$@" >> "$PWD/asked"
case "$*" in
  "-m pip --version") exit 0 ;;
  "-m pip install"*"/run.txt"*|"-m pip install"*"/test.txt"*) {pip} ;;
  "-m pip install"*) exit 0 ;;
  *) echo "ran $*" ;;
esac
"""


class Checkout:
    """A folder with bootstrap.py, two locks and a .venv whose Python is the stand-in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "bootstrap.py", folder)
        (folder / "requirements").mkdir()
        for name in ("run", "test", "embedded"):
            self.lock(name, "something==1.0")
        (folder / ".venv" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        (folder / ".venv" / "bin").mkdir()
        (folder / ".venv" / "pyvenv.cfg").write_text("version = 3.11.0\n")
        self.pip_does("exit 0")

    def lock(self, name: str, content: str) -> None:
        (self.folder / "requirements" / f"{name}.txt").write_text(content)

    def pip_does(self, script: str) -> None:
        python = self.folder / ".venv" / "bin" / "python"
        python.write_text(PYTHON_STAND_IN.format(pip=script))
        python.chmod(0o755)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(self.folder / "bootstrap.py"), *words]

    def start(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*words), cwd=self.folder, capture_output=True, text=True)

    def installations(self) -> int:
        asked = (self.folder / "asked").read_text() if (self.folder / "asked").exists() else ""
        return asked.count("--no-input")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_installs_once_and_then_becomes_the_program(checkout: Checkout) -> None:
    first = checkout.start("run", "manage.py", "serve")
    assert "Installed 1 packages" in first.stdout
    assert first.stdout.endswith("ran manage.py serve\n")
    assert checkout.start("run", "manage.py", "serve").stdout == "ran manage.py serve\n"
    assert checkout.installations() == 1


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.start("run", "program")
    checkout.lock("run", "something==2.0")
    checkout.start("run", "program")
    assert checkout.installations() == 2


def test_another_python_in_the_environment_means_installing_again(checkout: Checkout) -> None:
    checkout.start("run", "program")
    (checkout.folder / ".venv" / "pyvenv.cfg").write_text("version = 3.12.0\n")
    checkout.start("run", "program")
    assert checkout.installations() == 2


def test_who_installed_the_tests_can_run_without_installing(checkout: Checkout) -> None:
    checkout.start("test", "program")
    checkout.start("run", "program")
    assert checkout.installations() == 1


def test_two_at_once_install_once(checkout: Checkout) -> None:
    checkout.pip_does("sleep 1")
    both = [subprocess.Popen(checkout.command("run", "x"), cwd=checkout.folder) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert checkout.installations() == 1


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full. Free some space"),
        ("Temporary failure in name resolution", "The package index could not be reached. Check the network"),
        ("some other trouble", "The lines above say why"),
    ],
)
def test_a_failed_installation_is_explained_and_tried_again(checkout: Checkout, pip_says: str, sentence: str) -> None:
    checkout.pip_does(f"echo '{pip_says}' >&2; exit 1")
    failed = checkout.start("run", "program")
    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith(f"pip could not install maskweb's packages. {sentence}")
    assert not (checkout.folder / ".venv" / "installed-run").exists()


def test_a_full_disk_keeps_no_half_installation(checkout: Checkout) -> None:
    checkout.pip_does("echo 'No space left on device' >&2; exit 1")
    checkout.start("run", "program")
    assert not (checkout.folder / ".venv").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_an_installation_ends_pip_too(checkout: Checkout, number: signal.Signals) -> None:
    checkout.pip_does("echo $$ > pip.aside; mv pip.aside pip.pid; exec sleep 600")
    pid = checkout.folder / "pip.pid"
    process = subprocess.Popen(
        checkout.command("run", "x"),
        cwd=checkout.folder,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=as_in_a_terminal,
    )
    wait_until(pid.exists, "pip is at work")
    process.send_signal(number)
    said, _ = process.communicate()
    assert process.returncode == 130
    assert said.endswith("Stopped before everything was installed; the next start goes on with it.\n")
    wait_until(lambda: not is_there(int(pid.read_text())), "pip has ended")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def as_a_module(checkout: Checkout, script: str) -> "subprocess.CompletedProcess[str]":
    """Runs the script where `import bootstrap` gives the copy in the checkout."""
    command = [sys.executable, "-c", f"import sys; {script}"]
    return subprocess.run(command, cwd=checkout.folder, capture_output=True, text=True)


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 10, 14)])
def test_an_old_python_gets_one_sentence(checkout: Checkout, version: tuple[int, ...]) -> None:
    said = as_a_module(checkout, f"sys.version_info = {version}; import bootstrap")
    assert said.returncode == 1
    assert said.stderr.startswith("maskweb needs Python 3.11 or newer, and ")
    assert said.stderr.count("\n") == 1


def test_too_little_space_is_told_before_anything_is_fetched(checkout: Checkout) -> None:
    script = (
        "import bootstrap, types; bootstrap.shutil.disk_usage = lambda _: types.SimpleNamespace(free=10**9);"
        "bootstrap.main(['run', 'x'])"
    )
    said = as_a_module(checkout, script)
    assert said.stderr.startswith("There is not enough space for maskweb's packages: 1000 MB are free")
    assert checkout.installations() == 0


def test_a_folder_that_is_not_ours_is_told(checkout: Checkout) -> None:
    said = as_a_module(
        checkout, "import bootstrap; bootstrap.os.access = lambda *_: False; bootstrap.main(['run', 'x'])"
    )
    assert "where you may not write. Use a copy of this folder that is yours." in said.stderr
    assert said.stderr.count("\n") == 1


WAYS = ("by_ensurepip", "by_virtualenv", "by_system_pip", "by_uv", "by_debian_wheel")


def with_only(*working: str) -> str:
    """A script that makes .venv where only some of the ways work, and prints which were tried."""
    return f"""
import bootstrap
tried = []
def way(name):
    def recipe():
        tried.append(name)
        return name in {working!r}
    recipe.__name__ = name
    return recipe
for name in {WAYS!r}:
    setattr(bootstrap, name, way(name))
bootstrap.runs = lambda command, **_: True
try:
    bootstrap.make_venv()
finally:
    print(tried)
"""


def test_each_way_to_an_environment_is_tried_until_one_works(checkout: Checkout) -> None:
    said = as_a_module(checkout, with_only("by_system_pip", "by_uv"))
    assert said.stdout.splitlines()[-1] == str(list(WAYS[:3]))


def test_without_any_way_the_package_to_install_is_named(checkout: Checkout) -> None:
    said = as_a_module(checkout, with_only())
    assert said.stdout.splitlines()[-1] == str(list(WAYS))
    assert f"sudo apt-get install python3.{sys.version_info.minor}-venv" in said.stderr


def cpu_builds(checkout: Checkout, address: str) -> str:
    script = f"import bootstrap; bootstrap.CPU_BUILDS = {address!r}; print(bootstrap.cpu_builds())"
    return as_a_module(checkout, script).stdout.strip()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """The address of a package index that has a page about torch."""
    (tmp_path / "index" / "torch").mkdir(parents=True)
    http = HTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "index")))
    Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="an NVIDIA GPU is here, so the CUDA build is right")
def test_torchs_cpu_builds_are_looked_at_only_if_they_can_be_reached(checkout: Checkout, index: str) -> None:
    assert cpu_builds(checkout, "http://127.0.0.1:1") == "[]"
    assert cpu_builds(checkout, index) == f"['--extra-index-url', '{index}']"


def test_the_locks_agree_on_every_version() -> None:
    pins = {
        name: dict(
            line.split("#")[0].strip().split("==")
            for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
            if "==" in line
        )
        for name in ("run", "test")
    }
    assert pins["run"].items() <= pins["test"].items()
    assert len(pins["run"]) > 30


@pytest.mark.skipif(not shutil.which("make"), reason="no make on PATH")
def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True).stdout
    for target in ("run", "test", "lint", "format", "lock", "messages"):
        assert f"make {target} " in listed


def test_the_script_of_all_checks_is_sound() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0

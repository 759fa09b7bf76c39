"""`manage.py serve`, whole: one real start after another on the same data folder, and starts that cannot succeed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest

from maskweb.processes import checks
from maskweb.processes.leftovers import leftovers
from tests.maskweb.patience import as_in_a_terminal, wait_until
from tests.requirements import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Start:
    """A `manage.py serve` in a session of its own; what it says goes to a file."""

    running: ClassVar[list["subprocess.Popen[bytes]"]] = []

    def __init__(self, data_dir: Path, port: int, **variables: str) -> None:
        self.data_dir = data_dir
        self.address = f"http://127.0.0.1:{port}/"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MASKWEB_")}
        ours = {"MASKWEB_DATA_DIR": str(data_dir), "PORT": str(port)}
        self.output = data_dir.with_suffix(".said")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=inherited | ours | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=as_in_a_terminal,
            )
        self.running.append(self.process)

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        wait_until(lambda: "is ready" in self.said() or self.process.poll() is not None, "maskweb is ready")
        assert f"maskweb is ready: {self.address}\n" in self.said(), self.said()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait()

    def programs(self) -> dict[str, psutil.Process]:
        """The supervisor's children, by a word of their command lines."""
        words = {"redis": "redis", "gunicorn": "web", "scan@%h": "scan", "training@%h": "training", "beat": "beat"}
        found = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # it has just ended, and another one is about to be started
                line = " ".join(child.cmdline())
                found |= {name: child for word, name in words.items() if word in line}
        return found

    def left(self) -> list[psutil.Process]:
        return list(leftovers(self.data_dir))


def ready(address: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{address}readyz", timeout=5) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        return json.load(answer)
    except OSError:
        return {"ready": False}


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    yield folder
    while Start.running:
        process = Start.running.pop()
        process.kill()
        process.wait()
    for process in leftovers(folder):
        process.kill()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_whole_life(data_dir: Path) -> None:
    """One test, because each start takes seconds: first start, kills, stop, second start, kill, third start."""
    port = free_port()
    start = Start(data_dir, port)
    start.wait_until_ready()
    first_start_tells_the_password_once_and_runs_everything(start)
    everything_written_is_private(data_dir)
    killed_programs_come_back(start)
    start.stop(signal.SIGINT)
    assert start.process.returncode == 0
    assert start.left() == []

    start = Start(data_dir, port)
    start.wait_until_ready()
    assert "password" not in start.said()
    a_second_start_is_refused(data_dir)
    start.process.kill()
    start.process.wait()

    start = Start(data_dir, port)  # at once: what the killed one left behind is ended first
    start.wait_until_ready()
    start.stop()
    assert start.left() == []


def first_start_tells_the_password_once_and_runs_everything(start: Start) -> None:
    assert len(re.findall(r"Sign in as admin with the password \S{12,}", start.said())) == 1
    assert ready(start.address)["ready"]
    assert sorted(start.programs()) == ["beat", "redis", "scan", "training", "web"]


def everything_written_is_private(data_dir: Path) -> None:
    others_may = [path for path in data_dir.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077]
    assert others_may == []


def killed_programs_come_back(start: Start) -> None:
    before = start.programs()
    for process in before.values():
        process.kill()
    wait_until(lambda: start.programs().keys() == before.keys(), "every program was started again")
    wait_until(lambda: ready(start.address)["ready"], "maskweb is ready again")
    assert {process.pid for process in start.programs().values()}.isdisjoint(p.pid for p in before.values())


def a_second_start_is_refused(data_dir: Path) -> None:
    second = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=os.environ | {"MASKWEB_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"maskweb is already running on the data folder {data_dir} (process ")


def refused(start: Start) -> str:
    start.process.wait()
    assert start.process.returncode == 1, start.said()
    assert start.said().count("\n") == 1, start.said()
    return start.said()


def test_a_taken_port_ends_a_start_with_one_sentence(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is taken by another program." in refused(Start(data_dir, port))


def test_a_database_that_is_none_ends_a_start_with_one_sentence(data_dir: Path) -> None:
    checks.make_folders(data_dir)
    (data_dir / "static").mkdir()
    (data_dir / "maskweb.sqlite3").write_text("this is no database" * 100)
    told = refused(Start(data_dir, free_port()))
    assert told == "maskweb's data could not be prepared: file is not a database\n"


def test_a_database_server_that_is_away_ends_a_start_with_one_sentence(data_dir: Path) -> None:
    (data_dir / "static").mkdir()
    told = Start(data_dir, free_port(), DATABASE_URL="postgres://me@127.0.0.1:1/masks")
    told.process.wait()
    assert told.process.returncode == 1
    assert told.said().startswith("maskweb's data could not be prepared: connection")
    assert "Traceback" not in told.said()


def test_stopping_during_the_start_leaves_nothing(data_dir: Path) -> None:
    start = Start(data_dir, free_port())
    wait_until((data_dir / "run" / "serve.lock").exists, "it has begun")
    start.stop()
    assert start.left() == []
    assert "Traceback" not in start.said()


def test_a_chosen_password_is_not_shown(data_dir: Path) -> None:
    start = Start(data_dir, free_port(), MASKWEB_ADMIN_PASSWORD="chosen by a person")
    wait_until(lambda: (data_dir / "redis").exists(), "everything is prepared")
    start.stop()
    assert "password" not in start.said()

"""Processes of a killed start are found by what they inherited, and nobody else's are touched."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maskweb.processes import leftovers
from tests.maskweb.patience import wait_until

Sleeper = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Sleeper]:
    """Starts a process that carries the mark of a data folder, and waits until it is under way."""
    started: list[subprocess.Popen[bytes]] = []

    def start(data_dir: Path, *, stubborn: bool = False) -> "subprocess.Popen[bytes]":
        running = tmp_path / f"running-{len(started)}"
        deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if stubborn else ""
        script = f"import pathlib, signal, sys, time; {deaf} pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
        environment = os.environ | leftovers.mark(data_dir)
        started.append(subprocess.Popen([sys.executable, "-c", script, str(running)], env=environment))
        wait_until(running.exists, "it runs")
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_what_an_earlier_start_left_is_ended_and_counted(tmp_path: Path, sleeper: Sleeper) -> None:
    first, second = sleeper(tmp_path), sleeper(tmp_path, stubborn=True)
    assert leftovers.end_leftovers(tmp_path) == 2
    assert first.poll() is not None
    assert second.poll() is not None


def test_processes_of_another_data_folder_live_on(tmp_path: Path, sleeper: Sleeper) -> None:
    other = sleeper(tmp_path / "other")
    assert leftovers.end_leftovers(tmp_path) == 0
    assert other.poll() is None


def test_the_caller_and_what_it_runs_under_are_no_leftovers(tmp_path: Path) -> None:
    """Someone may start maskweb again from a shell that a process of maskweb opened."""
    script = (
        "import pathlib, sys; from maskweb.processes.leftovers import end_leftovers;"
        "print(end_leftovers(pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = os.environ | leftovers.mark(tmp_path)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr

"""Real processes under a real supervisor: what dies is started again, and no way of ending leaves any."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from maskweb.processes.child import Child
from maskweb.processes.programs import Program
from maskweb.processes.supervisor import LONGEST_PAUSE, Slot, Supervisor
from tests.maskweb.patience import as_in_a_terminal, wait_until
from tests.requirements import ROOT


class Watched:
    """A running tests.maskweb.watching and the folder it works in."""

    def __init__(self, folder: Path, words: tuple[str, ...], through: "Through", patience: float) -> None:
        self.folder = folder
        self.names = [word.split("=")[0] for word in words]
        command = through([sys.executable, "-m", "tests.maskweb.watching", str(folder), *words])
        environment = os.environ | {"PYTHONPATH": str(ROOT), "STOP_SECONDS": str(patience)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, start_new_session=True, preexec_fn=as_in_a_terminal
        )
        wait_until(lambda: all(map(self.pid, self.names)), "every program runs")

    def pid(self, name: str) -> int | None:
        file = self.folder / f"{name}.pid"
        return int(file.read_text()) if file.exists() else None

    def runs(self, name: str) -> bool:
        return is_running(self.pid(name))

    def told(self) -> str:
        return (self.folder / "told").read_text()

    def stops(self) -> list[str]:
        return (self.folder / "stops").read_text().splitlines()

    def wait_until_none_runs(self) -> None:
        self.process.wait()
        wait_until(lambda: not any(map(self.runs, self.names)), "no program runs any more")


def is_running(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


Watch = Callable[..., Watched]
Through = Callable[[list[str]], list[str]]  # the command that is started, so that it starts the one given


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    started: list[Watched] = []

    def start(*words: str, through: Through = list, patience: float = 0.5) -> Watched:
        started.append(Watched(tmp_path, words, through, patience))
        return started[-1]

    yield start
    for watched in started:
        for name in [*watched.names, "grandchild"]:
            if pid := watched.pid(name):
                end(pid)
        end(watched.process.pid)
        watched.process.wait()


def end(pid: int) -> None:
    if psutil.pid_exists(pid):
        psutil.Process(pid).kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_stops_every_program(watch: Watch, number: signal.Signals) -> None:
    watched = watch("obeys1", "obeys2")
    watched.process.send_signal(number)
    watched.wait_until_none_runs()
    assert watched.process.returncode == 0
    assert sorted(watched.stops()) == ["obeys1 stops", "obeys2 stops"]


def test_the_broker_is_stopped_last(watch: Watch) -> None:
    watched = watch("obeys1=broker", "obeys2", "obeys3")
    watched.process.terminate()
    watched.wait_until_none_runs()
    assert watched.stops()[-1] == "obeys1 stops"


def test_a_program_that_does_not_stop_is_killed(watch: Watch) -> None:
    watched = watch("lingers", "obeys")
    watched.process.terminate()
    watched.wait_until_none_runs()
    assert "lingers stops" in watched.stops()
    assert "all stopped" in watched.told()


def test_a_second_ctrl_c_ends_the_waiting(watch: Watch) -> None:
    watched = watch("lingers", patience=600)
    watched.process.send_signal(signal.SIGINT)
    wait_until((watched.folder / "stops").exists, "the program was asked to stop")
    watched.process.send_signal(signal.SIGINT)
    watched.wait_until_none_runs()
    assert "all stopped" in watched.told()


def test_a_killed_program_is_started_again_and_people_are_told(watch: Watch) -> None:
    watched = watch("obeys")
    first = watched.pid("obeys")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: watched.runs("obeys") and watched.pid("obeys") != first, "it runs again")
    assert "The program obeys stopped unexpectedly (killed by SIGKILL) and is started again now" in watched.told()


def test_a_program_that_keeps_failing_is_tried_again_and_its_exit_code_told(watch: Watch) -> None:
    watched = watch("fails", "obeys")
    wait_until(lambda: watched.told().count("exit code 3") > 2, "it was tried several times")
    assert "is started again in 1 s; the reason is in" in watched.told()
    assert watched.runs("obeys")


def test_what_a_dead_program_leaves_running_ends_too(watch: Watch) -> None:
    watched = watch("has-a-child")
    grandchild = watched.pid("grandchild")
    os.kill(watched.pid("has-a-child"), signal.SIGKILL)
    wait_until(lambda: not is_running(grandchild), "the dead program's child has ended")


def test_programs_end_by_themselves_when_the_supervisor_is_killed(watch: Watch) -> None:
    watched = watch("obeys1", "obeys2=broker")
    watched.process.kill()
    watched.wait_until_none_runs()
    assert sorted(watched.stops()) == ["obeys1 stops", "obeys2 stops"]


def test_nohup_keeps_it_running_when_the_terminal_closes(watch: Watch) -> None:
    watched = watch("obeys", through=lambda command: ["nohup", *command])
    watched.process.send_signal(signal.SIGHUP)
    first = watched.pid("obeys")
    os.kill(first, signal.SIGKILL)  # were it stopping, it would not start this one again
    wait_until(lambda: watched.pid("obeys") != first, "it runs again")
    assert watched.process.poll() is None


@pytest.mark.skipif(not shutil.which("make"), reason="no make on PATH")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_ending_make_alone_ends_everything(watch: Watch, tmp_path: Path, number: signal.Signals) -> None:
    def make(command: list[str]) -> list[str]:
        makefile = tmp_path / "Makefile"
        makefile.write_text(f"run:\n\t@exec {shlex.join(command)}\n")
        return ["make", "-f", str(makefile)]

    watched = watch("obeys", through=make)
    watched.process.send_signal(number)
    watched.wait_until_none_runs()
    wait_until(lambda: "all stopped" in watched.told(), "the supervisor stopped in order")


def test_a_child_sees_the_environment_and_has_no_input(tmp_path: Path) -> None:
    script = "import os, sys; print(os.environ['A'], os.environ['B'], repr(sys.stdin.read()))"
    program = Program("stand-in", "It", (sys.executable, "-c", script), {"B": "from the program"})
    child = Child(program, tmp_path / "log", {"A": "from the start"}, tmp_path)
    child.process.wait()
    assert (tmp_path / "log").read_text() == "from the start from the program ''\n"
    assert child.reason() == "exit code 0"


class Fallen:
    """A child that has just ended."""

    def __init__(self, age: float) -> None:
        self.age = age
        self.log = Path("log")

    def reason(self) -> str:
        return "exit code 1"


def pauses(supervisor: Supervisor, ages: list[float]) -> list[float]:
    slot = Slot(Program("p", "P", ()), Fallen(0))
    found = []
    for age in ages:
        slot.child = Fallen(age)
        supervisor._plan_restart(slot)
        found.append(round(slot.start_at - time.monotonic()))
    return found


def test_pauses_between_tries_grow_and_have_an_end(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, tmp_path, {}, tell=lambda _: None)
    assert pauses(supervisor, [1.0] * 9) == [0, 1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_program_that_had_run_for_long_is_started_again_at_once(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, tmp_path, {}, tell=lambda _: None)
    assert pauses(supervisor, [1.0, 1.0, 1.0, 3600.0]) == [0, 1, 2, 0]

"""Keeps programs running: restarts what dies, and stops everything within ten seconds, leaving none."""

import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from maskweb.processes import logs
from maskweb.processes.caller import Caller
from maskweb.processes.child import Child
from maskweb.processes.programs import Program

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: the terminal may close
    STOP_SIGNALS.add(signal.SIGHUP)
STOP_SECONDS = 4.0  # for a scan to end; the rows of one that does not are scanned again
BROKER_STOP_SECONDS = 1.0
STEADY_SECONDS = 10.0  # a program that ran this long is restarted at once when it ends
LONGEST_PAUSE = 30.0
LOOK_SECONDS = 0.5
TRIM_SECONDS = 60.0


@dataclass
class Slot:
    """A program's place: its child now, and when to start the next one if that has ended."""

    program: Program
    child: Child
    failures: int = 0
    start_at: float | None = None


class Supervisor:
    """Runs in the main thread, which has blocked STOP_SIGNALS: they are waited for, never handled midway.

    `tell` gets one sentence per event that a person should know of.
    """

    def __init__(
        self, folder: Path, log_folder: Path, environment: Mapping[str, str], tell: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self.log_folder = log_folder
        self.environment = environment
        self.tell = tell
        self.caller = Caller()
        self.slots: list[Slot] = []
        self.trim_at = 0.0

    def start(self, programs: Iterable[Program]) -> None:
        self.slots += [Slot(program, self._child(program)) for program in programs]

    def has_lost_one(self) -> bool:
        return any(slot.child.ended() for slot in self.slots)

    def pids(self) -> dict[str, int]:
        return {slot.program.name: slot.child.pid for slot in self.slots}

    def run(self, each_look: Callable[[], None]) -> None:
        """Until it is time to stop: looks after the children, and calls `each_look` about twice a second."""
        while not self.is_asked_to_stop(LOOK_SECONDS):
            for slot in self.slots:
                self._look_after(slot)
            self._trim_logs()
            each_look()

    def is_asked_to_stop(self, seconds: float) -> bool:
        """Waits so many seconds for a stop signal, ours or our caller's; less when a child ends."""
        return stop_signal(seconds) is not None or self.caller.is_stopping()

    def stop(self) -> None:
        """Stops all at once, except the broker, which goes last. Ctrl-C ends the waiting."""
        stop_all(self._children(is_broker=False), STOP_SECONDS)
        stop_all(self._children(is_broker=True), BROKER_STOP_SECONDS)

    def _children(self, *, is_broker: bool) -> list[Child]:
        return [slot.child for slot in self.slots if slot.program.is_broker is is_broker]

    def _child(self, program: Program) -> Child:
        return Child(program, self.log_folder / f"{program.name}.log", self.environment, self.folder)

    def _look_after(self, slot: Slot) -> None:
        if slot.start_at is not None:
            if time.monotonic() >= slot.start_at:
                slot.child, slot.start_at = self._child(slot.program), None
        elif slot.child.ended():
            slot.child.kill_group()
            self._plan_restart(slot)

    def _plan_restart(self, slot: Slot) -> None:
        slot.failures = 1 if slot.child.age >= STEADY_SECONDS else slot.failures + 1
        pause = 0.0 if slot.failures == 1 else min(2.0 ** (slot.failures - 2), LONGEST_PAUSE)
        slot.start_at = time.monotonic() + pause
        when = f"in {pause:.0f} s" if pause else "now"
        self.tell(
            f"{slot.program.title} stopped unexpectedly ({slot.child.reason()}) and is started again {when}; "
            f"the reason is in {slot.child.log}."
        )

    def _trim_logs(self) -> None:
        if time.monotonic() >= self.trim_at:
            self.trim_at = time.monotonic() + TRIM_SECONDS
            for slot in self.slots:
                logs.trim(slot.child.log)


def stop_signal(seconds: float) -> int | None:
    """The stop signal that came within so many seconds, if any; returns early when a child ends."""
    received = signal.sigtimedwait(STOP_SIGNALS | {signal.SIGCHLD}, seconds)
    return received.si_signo if received and received.si_signo in STOP_SIGNALS else None


def block_signals() -> None:
    """From here on the stop signals wait until `stop_signal` takes them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS | {signal.SIGCHLD})


def stop_all(children: list[Child], seconds: float) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    while not all(child.ended() for child in children) and time.monotonic() < deadline:
        if stop_signal(0.1) == signal.SIGINT:  # a second TERM is no hurry: make and systemd send one each
            break
    for child in children:
        child.kill_group()

"""One running program: its own process group, its log, and no way to outlive the supervisor."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from maskweb.processes.programs import Program

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Child:
    """Starts the program. Its output goes to the log file directly, so nothing blocks if the supervisor dies."""

    def __init__(self, program: Program, log: Path, environment: Mapping[str, str], folder: Path) -> None:
        self.program = program
        self.log = log
        self.started = time.monotonic()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                program.command,
                cwd=folder,
                env={**os.environ, **environment, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C reaches the supervisor only, which then stops all in order
                preexec_fn=end_with_parent(),
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def age(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def ended(self) -> bool:
        return self.process.poll() is not None

    def reason(self) -> str:
        """Why it ended, as a person may read it."""
        code = self.process.returncode
        if code is None:
            return "still running"
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def ask_to_stop(self) -> None:
        """The program itself is asked; it stops its own children in its own order."""
        if not self.ended():
            self.process.terminate()

    def kill_group(self) -> None:
        """Ends whatever is left of the program and its children: a dead worker's pool must not work on alone."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def end_with_parent() -> Callable[[], None]:
    """For the new process, before its program starts: default signals, and TERM when the supervisor is no more."""
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before prctl was reached
            os._exit(1)

    return prepare

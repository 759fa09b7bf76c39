"""One start of maskweb on one machine, from the checks to the last process's end."""

import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections

from detection.services import workers
from detection.vision.errors import VisionError
from maskweb.environment import env
from maskweb.preparation import prepare
from maskweb.processes import checks, embedded_redis, leftovers, programs, readiness
from maskweb.processes.errors import StartError
from maskweb.processes.supervisor import Supervisor, block_signals

READY_SECONDS = 120.0
BROKER_SECONDS = 15.0
# On two cores the first programs are ready much sooner when the rest starts after them, or so many seconds later.
LATER_SECONDS = 6.0
LOG_OF_PART = {"broker": "redis", "scan_worker": "scan-worker", "model": "scan-worker"}  # every other: web


class Serving:
    """`serve()` returns when a stop signal came and everything has stopped; raises StartError before a start."""

    def __init__(self, data_dir: Path, host: str, port: int, tell: Callable[[str], None]) -> None:
        self.data_dir = data_dir
        self.logs = data_dir / "logs"
        self.host = host
        self.port = port
        self.tell = tell
        self.address = readiness.address(host, port)
        self.embedded_broker = not (env.str("MASKWEB_BROKER_URL", "") or env.str("MASKWEB_BROKER_URL_FILE", ""))
        self.announced = False
        self.later = programs.needed_later()
        self.later_at = self.late_at = 0.0

    def serve(self) -> None:
        os.umask(0o077)  # photos of children: nobody else on this machine reads the data folder
        checks.make_folders(self.data_dir)
        checks.check_space(self.data_dir)
        with checks.hold_lock(self.data_dir):
            leftovers.end_leftovers(self.data_dir)
            checks.wait_for_address(self.host, self.port)
            empty(self.data_dir / "tmp")
            self._prepare()
            block_signals()
            supervisor = Supervisor(settings.BASE_DIR, self.logs, self._environment(), self.tell)
            try:
                self._run(supervisor)
            finally:
                supervisor.stop()
                leftovers.end_leftovers(self.data_dir)
                embedded_redis.remove_socket(self.data_dir)
                empty(self.data_dir / "tmp")

    def _prepare(self) -> None:
        """The password is told at once: whatever happens next, it will not be shown again."""
        if not Path(settings.STATIC_ROOT).exists():
            self.tell("Preparing the first start ...")
        try:
            password = prepare()
            forget_workers_of_this_machine()
        except (DatabaseError, OSError, VisionError) as error:
            raise StartError(f"maskweb's data could not be prepared: {error}") from error
        finally:
            connections.close_all()
        if password:
            self.tell(box(f"Sign in as admin with the password {password}", "It is shown only this once."))

    def _run(self, supervisor: Supervisor) -> None:
        if self.embedded_broker:
            supervisor.start([embedded_redis.program(self.data_dir)])
            if not self._broker_answers(supervisor):
                return
        supervisor.start(programs.needed_first())
        self.later_at = time.monotonic() + LATER_SECONDS
        self.late_at = time.monotonic() + READY_SECONDS
        supervisor.run(each_look=lambda: self._watch_readiness(supervisor))
        self.tell("maskweb is stopping ...")

    def _broker_answers(self, supervisor: Supervisor) -> bool:
        """False when it is time to stop; raises StartError when Redis does not come up."""
        deadline = time.monotonic() + BROKER_SECONDS
        while not embedded_redis.answers(self.data_dir):
            if supervisor.is_asked_to_stop(0.05):
                return False
            if time.monotonic() > deadline or supervisor.has_lost_one():
                raise StartError(f"Redis does not start; the reason is in {self.logs / 'redis.log'}.")
        return True

    def _environment(self) -> dict[str, str]:
        """Everything a child writes lies in the data folder, whatever it inherits."""
        return {
            **leftovers.mark(self.data_dir),
            "MASKWEB_DATA_DIR": str(self.data_dir),
            "TMPDIR": str(self.data_dir / "tmp"),
            "TORCH_HOME": os.environ.get("TORCH_HOME", str(self.data_dir / "cache" / "torch")),
            "PYTHONUNBUFFERED": "1",
        }

    def _watch_readiness(self, supervisor: Supervisor) -> None:
        if self.announced:
            return
        waiting = readiness.waiting_for(self.address)
        if self.later and (not waiting or time.monotonic() > self.later_at):
            supervisor.start(self.later)
            self.later = []
        if not waiting:
            self.announced = True
            self.tell(f"maskweb is ready: {self.address}")
        elif time.monotonic() > self.late_at:
            self.late_at = float("inf")
            self.tell(self._late(waiting))

    def _late(self, waiting: list[str]) -> str:
        logs = sorted({str(self.logs / f"{LOG_OF_PART.get(part, 'web')}.log") for part in waiting})
        parts = ", ".join(part.replace("_", " ") for part in waiting)
        return (
            f"maskweb is not ready after {READY_SECONDS:.0f} s (waiting for: {parts}) and goes on trying; "
            f"the reason is in {' and '.join(logs)}."
        )


def forget_workers_of_this_machine() -> None:
    """Their last sign of life may be seconds old where they were killed: it must not pass for the new ones'."""
    for node in programs.WORKER_NODES:
        workers.gone(f"{node}@{socket.gethostname()}")


def empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def box(*lines: str) -> str:
    width = max(map(len, lines))
    edge = "+" + "-" * (width + 2) + "+"
    return "\n".join([edge, *(f"| {line:<{width}} |" for line in lines), edge])

"""maskweb as it runs at a school, for one test: real processes, which the test starts, kills and starts again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
from redis import Redis
from redis.exceptions import RedisError

from maskweb.processes import programs
from maskweb.processes.embedded_redis import redis_server
from tests.factories import picture
from tests.faults.app import KILLER
from tests.faults.databases import Database
from tests.requirements import ROOT

LEASE_SECONDS = 2
PATIENCE = 150.0  # seconds; what takes a moment on a quiet machine may take long on a busy one


class Installation:
    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.database = database
        self.journal = folder / "journal"
        self.socket = folder / "redis.sock"
        (folder / "media" / "models").mkdir(parents=True)
        (folder / "media" / "models" / "stand-in").touch()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {
            "DATABASE_URL": database.url,
            "MASKWEB_DATA_DIR": str(folder),
            "MASKWEB_BROKER_URL": f"redis+socket://{self.socket}",
            "MASKWEB_SCAN_LEASE_SECONDS": str(LEASE_SECONDS),
            "MASKWEB_REQUEUE_SECONDS": "1",
            "FAULTS_JOURNAL": str(self.journal),
            "FAULTS_SECONDS": "0.03",
            "PYTHONPATH": str(ROOT),
        }

    # --- processes -----------------------------------------------------------------------------------------------
    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_redis(self) -> subprocess.Popen[bytes]:
        options = {"port": "0", "unixsocket": str(self.socket), "dir": str(self.folder), "appendonly": "yes"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        process = self.start(redis_server(), *words, "--save", "")
        wait_until(self.redis_answers, "Redis answers")
        return process

    def start_worker(self, app: str = "tests.faults.app", node: str = "scan") -> subprocess.Popen[bytes]:
        ours = programs.scan_worker().command
        command = [app if word == "maskweb" else word for word in ours]
        command[command.index("-n") + 1] = f"{node}@%h"
        return self.start(*command)

    def start_beat(self) -> subprocess.Popen[bytes]:
        return self.start(*programs.beat().command)

    def start_web(self) -> str:
        """Answers the address it listens at."""
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        program = programs.web()
        self.start(*program.command, PORT=str(port), **program.environment)
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/healthz"), "the web server answers")
        return address

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        for process in self.processes:
            kill_group(process)

    # --- photos --------------------------------------------------------------------------------------------------
    def take_in(self, count: int, *, killers: int = 0) -> str:
        """Through the command line's door. Each photo has a size of its own, so that no two are the same."""
        photos = self.folder / "to-take-in"
        photos.mkdir()
        for number in range(count):
            (photos / f"{number:03}.jpg").write_bytes(picture(100 + number, colour=(20 + number, 60, 90)))
        for number in range(killers):
            (photos / f"killer-{number}.jpg").write_bytes(picture(64 + number, colour=KILLER))
        return self.manage("take_in", str(photos))

    def counts(self) -> dict[str, int]:
        return dict(self.database.rows("SELECT status, count(*) FROM detection_photo GROUP BY status"))

    def done(self) -> int:
        return self.counts().get("done", 0)

    def ids(self) -> list[str]:
        return [str(pk) for (pk,) in self.database.rows("SELECT id FROM detection_photo ORDER BY received_at")]

    def faces_per_photo(self) -> list[int]:
        """How many faces each photo has, photos without any left out."""
        return [count for (count,) in self.database.rows("SELECT count(*) FROM detection_face GROUP BY photo_id")]

    def most_attempts(self) -> int:
        return self.database.rows("SELECT max(attempts) FROM detection_photo")[0][0]

    def crop_files(self) -> int:
        return sum(path.is_file() for path in (self.folder / "media" / "crops").rglob("*"))

    def journal_lines(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []

    # --- queue ---------------------------------------------------------------------------------------------------
    def redis(self) -> "Redis[Any]":
        return Redis(unix_socket_path=str(self.socket), socket_timeout=5)

    def redis_answers(self) -> bool:
        with suppress(RedisError):
            return bool(self.redis().ping())
        return False

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def answers(address: str) -> bool:
    with suppress(OSError), urlopen(address, timeout=5):  # noqa: S310  our own server
        return True
    return False


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s in vain until: {what}"
        time.sleep(0.05)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_child(worker: subprocess.Popen[bytes]) -> None:
    """The pool's process, which scans; its parent lives on and starts another."""
    children = psutil.Process(worker.pid).children()
    assert children
    for child in children:
        child.kill()


def restart_redis(installation: Installation, redis: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    redis.send_signal(sign)
    redis.wait()
    installation.start_redis()

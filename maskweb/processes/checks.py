"""What is looked at before anything starts, so that a start that cannot succeed ends with one clear sentence."""

import errno
import fcntl
import os
import shutil
import socket
import time
from pathlib import Path
from typing import IO

from maskweb.processes.errors import StartError

SPACE_NEEDED = 500  # MB
PORT_SECONDS = 1.5
FOLDERS = ("run", "logs", "tmp")


def make_folders(data_dir: Path) -> None:
    try:
        for name in FOLDERS:
            (data_dir / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / "run" / "writable").touch()
        (data_dir / "run" / "writable").unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StartError(no_space(data_dir, 0)) from error
        raise StartError(
            f"maskweb cannot write to its data folder {data_dir} ({error.strerror}). Make it writable, or choose "
            "another one: MASKWEB_DATA_DIR=/path/to/folder"
        ) from error


def check_space(data_dir: Path) -> None:
    free = shutil.disk_usage(data_dir).free // 1_000_000
    if free < SPACE_NEEDED:
        raise StartError(no_space(data_dir, free))


def no_space(data_dir: Path, free: int) -> str:
    return (
        f"There is not enough space for photos: {free} MB are free in {data_dir} and at least {SPACE_NEEDED} MB "
        "are needed. Free some space, or choose another disk: MASKWEB_DATA_DIR=/path/to/folder"
    )


def hold_lock(data_dir: Path) -> IO[str]:
    """Makes this the only start on the data folder, for as long as the file returned is open.

    The kernel lets go of the lock when this process ends, however it ends: there is no stale lock.
    """
    file = (data_dir / "run" / "serve.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise StartError(
            f"maskweb is already running on the data folder {data_dir} (process {file.read() or 'unknown'}). "
            "Stop it first, or choose another folder and port: MASKWEB_DATA_DIR=... PORT=..."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def wait_for_address(host: str, port: int) -> None:
    """Raises StartError when the address cannot be listened on; a dying process gets a moment to let go."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return check_address(host, port)
        except StartError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def check_address(host: str, port: int) -> None:
    """Raises StartError when the address cannot be listened on, with the reason."""
    if not 0 < port < 65536:
        raise StartError(f"There is no port {port}: choose one from 1024 to 65535, such as PORT=8000.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise StartError(address_problem(host, port, error)) from error


def address_problem(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop that program, or choose another port: "
            f"PORT={port + 1} make run"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for root. Choose one above 1023: PORT=8000 make run"
    return f"{host}:{port} cannot be listened on ({error.strerror or error}). Choose another HOST or PORT."

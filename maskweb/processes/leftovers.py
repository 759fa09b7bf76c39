"""Processes of an earlier start that was killed: told by a variable that every child, and its children, carries."""

from collections.abc import Iterator
from pathlib import Path

import psutil

MARK = "MASKWEB_SERVED_FROM"
STOP_SECONDS = 1.0


def mark(data_dir: Path) -> dict[str, str]:
    return {MARK: str(data_dir)}


def end_leftovers(data_dir: Path) -> int:
    """Ends them all and answers how many there were. Call it only while holding the data folder's lock."""
    found = list(leftovers(data_dir))
    for process in found:
        terminate(process)
    _, stubborn = psutil.wait_procs(found, timeout=STOP_SECONDS)
    for process in stubborn:
        terminate(process, force=True)
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)
    return len(found)


def leftovers(data_dir: Path) -> Iterator[psutil.Process]:
    ours = {process.pid for process in (psutil.Process(), *psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            if process.pid not in ours and process.environ().get(MARK) == str(data_dir):
                yield process
        except psutil.Error:  # another person's, or just gone
            continue


def terminate(process: psutil.Process, *, force: bool = False) -> None:
    try:
        if force:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return

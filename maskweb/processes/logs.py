"""Keeps log files small: a log that has grown is copied aside and emptied under the program that writes it.

The programs append (O_APPEND), so they go on at the emptied file's start and need not be told.
"""

import os
import shutil
from pathlib import Path

LARGEST = 10_000_000  # bytes
KEPT = 3


def trim(log: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
    """Turns `web.log` above `largest` bytes into `web.log.1`, the one before into `web.log.2`, and so on."""
    if not log.exists() or log.stat().st_size <= largest:
        return
    for number in range(kept - 1, 0, -1):
        older = aside(log, number)
        if older.exists():
            older.replace(aside(log, number + 1))
    shutil.copyfile(log, aside(log, 1))
    os.truncate(log, 0)


def aside(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")

"""`make run`: make passes TERM on to us, but not a Ctrl-C or HUP sent to make alone, nor its own death by KILL."""

import os
import signal
from pathlib import Path

MAKES = {"make", "gmake"}


class Caller:
    """The make that started this process, if one did; nobody else's end is ours."""

    def __init__(self) -> None:
        self.pid = os.getppid()
        self.is_make = status(self.pid).get("Name") in MAKES

    def is_stopping(self) -> bool:
        """Whether make is gone, or inside its handler of a stop signal: the kernel shows that signal as blocked."""
        if not self.is_make:
            return False
        if os.getppid() != self.pid:
            return True
        blocked = int(status(self.pid).get("SigBlk", "0"), 16)
        return any(blocked >> (number - 1) & 1 for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))


def status(pid: int) -> dict[str, str]:
    """The kernel's facts about a process, or none when they cannot be had."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

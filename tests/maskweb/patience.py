"""Real processes in tests: what they inherit, and waiting until something is so, never for a time that may not do."""

import signal
import time
from collections.abc import Callable

PATIENCE = 90.0  # seconds


def as_in_a_terminal() -> None:
    """For a new process (preexec_fn): its stop signals work, even if the tests run under nohup or in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s in vain until: {what}"
        time.sleep(0.05)

"""Waiting for real processes: until something is so, never for a time that a busy machine might need more of."""

import time
from collections.abc import Callable

PATIENCE = 90.0  # seconds


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s in vain until: {what}"
        time.sleep(0.05)

"""What every benchmark needs: fair rounds, medians, ratios, and a line that says which machine it was."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds by the clock, and of processor time in all threads: the second hardly minds what else is running."""

    clock: float
    processor: float

    def times(self, other: "Cost") -> "Cost":
        """How many times the other's cost this one is."""
        return Cost(self.clock / other.clock, self.processor / other.processor)


def interleaved(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Cost]:
    """What each way takes: medians of rounds in which all take turns, after one that does not count."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, run in ways.items():
            clock, processor = time.perf_counter(), time.process_time()
            run()
            if number:
                costs[name].append(Cost(time.perf_counter() - clock, time.process_time() - processor))
    return {name: Cost(*map(median, zip(*values, strict=True))) for name, values in costs.items()}


def machine() -> str:
    """Processor, cores this process may use, and how busy they were with other work a moment ago."""
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{processor()}, {cores} cores, load {load:.1f} before the run; Python {platform.python_version()}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def in_words(cost: Cost) -> str:
    return f"{1000 * cost.clock:>9,.0f} ms {1000 * cost.processor:>9,.0f} ms"


def verdict(name: str, ratio: Cost, wanted: float) -> str:
    """One line on a target, by the clock: reached or missed."""
    judged = "reached" if ratio.clock >= wanted else "MISSED"
    return f"{name}: {ratio.clock:.1f} x, {ratio.processor:.1f} x in processor time (wanted {wanted:g} x) {judged}"

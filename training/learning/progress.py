"""How far it is: a bar for people on standard error, JSON lines for programs on standard output."""

import json
import sys
import time
from typing import Any, TextIO

from tqdm import tqdm


class Progress:
    """One bar after the other; with `as_json` also a line per second and per epoch."""

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, bar_to: TextIO | None = None) -> None:
        self.as_json, self.out, self.bar_to = as_json, out or sys.stdout, bar_to or sys.stderr
        self.stage, self.done = "", 0
        self.total: int | None = None
        self._bar: tqdm[Any] | None = None
        self._told = 0.0

    def start(self, stage: str, total: int | None) -> None:
        """The next stage begins; `total` steps when known."""
        self.close()
        self.stage, self.done, self.total = stage, 0, total
        self._bar = tqdm(total=total, desc=stage, file=self.bar_to, unit="", dynamic_ncols=True, leave=True)
        self.tell({"event": "stage", "stage": stage, "total": total})

    def step(self, count: int = 1) -> None:
        self.done += count
        if self._bar is not None:
            self._bar.update(count)
        if time.monotonic() - self._told >= 1:
            self.tell({"event": "progress", "stage": self.stage, "done": self.done, "total": self.total})

    def epoch(self, values: dict[str, Any]) -> None:
        """An epoch of training is over; the bar shows the part of the whole run in percent."""
        if self._bar is not None:
            self._bar.n = round(100 * values["progress"])
            self._bar.set_postfix_str(
                f"epoch {values['number'] + 1}, loss {values['train_loss']:.3f}, "
                f"validation {values['validation_loss']:.3f} ({values['validation_accuracy']:.1%})"
            )
        self.tell({"event": "epoch", **values})

    def finder_epoch(self, values: dict[str, Any]) -> None:
        """The same for an epoch of the finder's training."""
        if self._bar is not None:
            self._bar.n = round(100 * values["progress"])
            losses = " ".join(f"{part} {values[f'{part}_loss']:.2f}" for part in ("face", "box", "label"))
            self._bar.set_postfix_str(f"epoch {values['epoch'] + 1}, losses: {losses}")
        self.tell({"event": "epoch", **values})

    def tell(self, values: dict[str, Any]) -> None:
        self._told = time.monotonic()
        if self.as_json:
            print(json.dumps(values), file=self.out, flush=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

"""Celery's application for these tests: ours, with a scanner that needs no model, and that one picture can kill.

What it shall do comes in the environment, because it runs in a worker's own process:
FAULTS_JOURNAL, a file that gets a line per picture judged; FAULTS_SECONDS, how long each takes.
"""

import os
import signal
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from celery.signals import celeryd_after_setup
from PIL import Image

from detection.vision.boxes import Box
from detection.vision.labels import Label, summary_of, verdict_of
from detection.vision.scan import ScannedFace, ScannedPhoto
from maskweb.celery import app

__all__ = ["app"]
KILLER = (250, 0, 0)  # the colour of a picture that ends the process which scans it


class StandInScanner:
    def scan(self, sources: Sequence[Any]) -> list[ScannedPhoto]:
        return [judge(source) for source in sources]


def judge(picture: bytes) -> ScannedPhoto:
    image = Image.open(BytesIO(picture)).convert("RGB")
    red, green, blue = image.getpixel((0, 0))
    if red > KILLER[0] - 20 and green < 30 and blue < 30:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(float(os.environ["FAULTS_SECONDS"]))
    with Path(os.environ["FAULTS_JOURNAL"]).open("a") as journal:
        journal.write(f"{red} {green} {blue}\n")
    face = ScannedFace(
        box=Box(10, 10, 50, 50),
        label=Label.MASK,
        score=0.9,
        scores={"mask": 0.9, "no_mask": 0.1},
        finder="stand-in",
        finder_score=1.0,
        crop=np.full((64, 64, 3), red, np.uint8),
    )
    return ScannedPhoto(image.width, image.height, verdict_of([Label.MASK]), summary_of([Label.MASK]), [face])


@celeryd_after_setup.connect
def use_stand_in(**_: Any) -> None:
    """In the parent, before it forks: every child, the later ones too, inherits it."""
    from detection.services import scanning

    scanner = StandInScanner()
    scanning.make_scanner = lambda *_: scanner

"""The clock that sends due tasks, and the file whose age tells a container's health check who is alive."""

from pathlib import Path
from typing import Any

from celery.beat import Scheduler
from django.conf import settings


def touch_sign_of_life() -> None:
    """Does nothing unless MASKWEB_SIGN_OF_LIFE_FILE names a file."""
    if settings.SIGN_OF_LIFE_FILE:
        Path(settings.SIGN_OF_LIFE_FILE).touch()


class Clock(Scheduler):
    """Keeps its times in memory: Celery's persistent scheduler keeps a pickle on disk."""

    def tick(self, *args: Any, **options: Any) -> Any:
        touch_sign_of_life()
        return super().tick(*args, **options)

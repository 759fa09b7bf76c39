"""Celery's doors into scanning, and how pages wake the worker. A message carries ids only; losing one loses nothing."""

import logging
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

from detection.services import claiming, scanning

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 3.0  # after the broker was found down, so that 300 uploads do not each wait for it
BROKER_KNOWN_SECONDS = 5
_asleep_until = 0.0


@shared_task
def scan_photos(photo_ids: list[str]) -> None:
    scanning.scan_waiting(photo_ids)


@shared_task
def requeue_photos() -> None:
    """Every few seconds: photos of dead workers wait again, and the worker is woken for what waits."""
    claiming.release_expired()
    ids = claiming.waiting_ids(settings.SCAN_CHUNK * 8)
    wake_scan_worker(ids, expires=settings.CELERY_BEAT_SCHEDULE["requeue-photos"]["schedule"])


def wake_scan_worker(photo_ids: Sequence[UUID | str], expires: float | None = None) -> bool:
    """Asks for a scan of the photos, after their rows are committed.

    False when the broker cannot be reached: the photos wait, and `requeue_photos` asks again when it is back.
    """
    global _asleep_until
    if time.monotonic() < _asleep_until:
        return False
    size = settings.SCAN_CHUNK
    options: dict[str, Any] = {"expires": expires} if expires else {}
    try:
        for start in range(0, len(photo_ids), size):
            chunk = [str(photo_id) for photo_id in photo_ids[start : start + size]]
            scan_photos.apply_async((chunk,), retry=False, **options)
    except (OperationalError, OSError) as error:
        logger.warning("The broker cannot be reached, photos wait: %s", error)
        _asleep_until = time.monotonic() + PAUSE_SECONDS
        return False
    return True


def reach_broker() -> bool:
    """Asks the broker now; takes up to two seconds when it is down."""
    try:
        with current_app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError):
        return False
    return True


def broker_answers() -> bool:
    """Whether the broker can be reached, as known for a few seconds: cheap enough for every page."""
    return bool(cache.get_or_set("broker-answers", reach_broker, BROKER_KNOWN_SECONDS))

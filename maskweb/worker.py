"""What our Celery workers do beside their tasks: give signs of life, and load the models before the first photo."""

import logging
import os
from contextlib import suppress
from typing import Any

from celery.signals import celeryd_after_setup, worker_process_init, worker_ready, worker_shutdown

from maskweb.clock import touch_sign_of_life

logger = logging.getLogger(__name__)
_queues: set[str] = set()  # set in the parent, inherited by the children it forks


@celeryd_after_setup.connect
def remember_queues(instance: Any, **_: Any) -> None:
    _queues.update(instance.app.amqp.queues.consume_from)


@worker_process_init.connect
def load_models(**_: Any) -> None:
    """Torch does not survive a fork: it is imported here, in the child, and never in the parent."""
    if "scan" not in _queues:
        return
    # Beside other busy processes, threads that spin while they wait make a scan ten times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from detection.services.finders import usable_setup
    from detection.services.scanning import scanner_for
    from detection.vision.errors import VisionError

    try:
        scanner_for(usable_setup())
    except VisionError as error:
        logger.error("No photo can be scanned: %s", error)  # noqa: TRY400  its sentence says it all


@worker_ready.connect
def start_signs_of_life(sender: Any, **_: Any) -> None:
    from django.conf import settings
    from django.db import connections

    from detection.services.workers import sign_of_life
    from detection.tasks import requeue_photos

    name, queues = sender.hostname, sorted(_queues)

    def renew() -> None:
        touch_sign_of_life()
        with suppress(Exception):  # a database that is away for a moment must not end the worker
            sign_of_life(name, queues)
        connections.close_all()  # a child that the pool forks later must not inherit one

    renew()
    sender.timer.call_repeatedly(settings.WORKER_HEARTBEAT_SECONDS, renew)
    if "scan" in _queues:  # what an earlier worker left behind need not wait for the clock
        requeue_photos.delay()


@worker_shutdown.connect
def end_signs_of_life(sender: Any, **_: Any) -> None:
    from detection.services.workers import gone

    with suppress(Exception):
        gone(sender.hostname)

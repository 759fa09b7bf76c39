"""`/healthz`: the web process answers. `/readyz`: photos can be taken in, scanned and judged; or which part cannot."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from detection.selectors import live_scan_workers
from detection.services.finders import usable_finder
from detection.services.registry import usable_version
from detection.tasks import reach_broker
from detection.vision.errors import VisionError


@dataclass(frozen=True)
class Part:
    ready: bool
    detail: str = ""


def database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Part(ready=False, detail="The database does not answer.")
    return Part(ready=True)


def broker() -> Part:
    there = reach_broker()
    return Part(
        ready=there, detail="" if there else "The broker (Redis) does not answer; uploads wait until it is back."
    )


def scan_worker() -> Part:
    try:
        alive = live_scan_workers()
    except DatabaseError:
        return Part(ready=False, detail="Unknown while the database does not answer.")
    return Part(ready=bool(alive), detail="" if alive else "No scan worker has given a sign of life lately.")


def model() -> Part:
    return usable(usable_version)


def finder() -> Part:
    return usable(usable_finder)


def usable(ask: Callable[[], object]) -> Part:
    try:
        ask()
    except DatabaseError:
        return Part(ready=False, detail="Unknown while the database does not answer.")
    except VisionError as error:
        return Part(ready=False, detail=error.detail)
    return Part(ready=True)


PARTS: dict[str, Callable[[], Part]] = {
    "database": database,
    "broker": broker,
    "scan_worker": scan_worker,
    "model": model,
    "finder": finder,
}


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    parts = {name: check() for name, check in PARTS.items()}
    ready = all(part.ready for part in parts.values())
    body = {"ready": ready, "parts": {name: vars(part) for name, part in parts.items()}}
    return JsonResponse(body, status=200 if ready else 503)

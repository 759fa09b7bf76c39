"""Waking the worker, and asking for what waits."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from detection import tasks
from detection.models import Photo
from detection.services import scanning
from detection.tasks import requeue_photos, scan_photos, wake_scan_worker
from maskweb.celery import app
from maskweb.processes.embedded_redis import redis_server
from tests.factories import PhotoFactory

pytestmark = pytest.mark.timeout(60)  # a broker that is down must not hold anybody up
Use = Callable[[str], None]


@pytest.fixture
def use_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Points Celery at another broker for one test."""
    before = app.conf.broker_url

    def use(url: str) -> None:
        app.conf.broker_url = url
        app._after_fork()  # forgets the connections it holds

    yield use
    use(before)


@pytest.fixture
def full_redis(tmp_path: Path) -> Iterator[str]:
    """A Redis that answers and takes no message, as one does whose memory is used up."""
    address = tmp_path / "r"
    options = ["--port", "0", "--unixsocket", str(address), "--maxmemory", "1", "--save", ""]
    with subprocess.Popen([redis_server(), *options], stdout=subprocess.DEVNULL, cwd=tmp_path) as server:
        while not address.exists():
            assert server.poll() is None
        yield f"redis+socket://{address}"
        server.terminate()


# --- waking ----------------------------------------------------------------------------------------------------
def test_photos_are_asked_for_in_chunks(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SCAN_CHUNK = 2
    chunks: list[Any] = []
    monkeypatch.setattr(scan_photos, "apply_async", lambda args, **_: chunks.append(args[0]))

    assert wake_scan_worker(["a", "b", "c"])

    assert chunks == [["a", "b"], ["c"]]


def test_nothing_to_ask_for_asks_nothing(woken: list[str]) -> None:
    assert wake_scan_worker([])
    assert woken == []


def test_a_socket_that_is_not_there_is_a_broker_that_is_down(use_broker: Use, tmp_path: Path) -> None:
    use_broker(f"redis+socket://{tmp_path / 'none'}")

    assert wake_scan_worker(["a"]) is False
    assert tasks.reach_broker() is False


def test_a_port_where_nobody_listens_is_a_broker_that_is_down(use_broker: Use) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    use_broker(f"redis://127.0.0.1:{port}/0")

    assert wake_scan_worker(["a"]) is False
    assert tasks.reach_broker() is False


def test_a_redis_that_takes_no_more_is_a_broker_that_is_down(use_broker: Use, full_redis: str) -> None:
    use_broker(full_redis)

    assert wake_scan_worker(["a"]) is False


def test_after_a_failure_the_next_uploads_do_not_wait_for_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Any] = []

    def down(*args: Any, **_: Any) -> None:
        tries.append(args)
        raise ConnectionRefusedError

    monkeypatch.setattr(scan_photos, "apply_async", down)
    assert [wake_scan_worker(["a"]) for _ in range(50)] == [False] * 50
    assert len(tries) == 1


def test_a_while_later_the_broker_is_tried_again(monkeypatch: pytest.MonkeyPatch, woken: list[str]) -> None:
    now = tasks.time.monotonic()
    monkeypatch.setattr(tasks, "_asleep_until", now + tasks.PAUSE_SECONDS)
    assert wake_scan_worker(["a"]) is False

    monkeypatch.setattr(tasks.time, "monotonic", lambda: now + tasks.PAUSE_SECONDS + 1)

    assert wake_scan_worker(["a"])
    assert woken == ["a"]


def test_a_message_carries_ids_only(use_broker: Use) -> None:
    use_broker("memory://")
    photo_id = "0b9b3c1e-5a86-4a8e-a9a5-3f1e3a0b8c7d"

    assert wake_scan_worker([photo_id])

    with app.connection_for_read() as link:
        message = link.default_channel.basic_get("scan")
    assert message.content_type == "application/json"
    assert message.decode()[0] == [[photo_id]]


# --- asking again ----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_waits_is_asked_for_again_oldest_first(woken: list[str]) -> None:
    photos = PhotoFactory.create_batch(3)
    PhotoFactory(labels=["mask"])

    requeue_photos()

    assert woken == [str(photo.pk) for photo in photos]


@pytest.mark.django_db
def test_photos_of_a_dead_worker_are_asked_for(woken: list[str]) -> None:
    expired = PhotoFactory(status="scanning", attempts=1, lease_until=timezone.now() - timedelta(seconds=1))
    PhotoFactory(status="scanning", attempts=1, lease_until=timezone.now() + timedelta(minutes=1))

    requeue_photos()

    assert woken == [str(expired.pk)]
    expired.refresh_from_db()
    assert expired.status == "waiting"


@pytest.mark.django_db
def test_messages_of_the_clock_expire_before_the_next_so_that_none_pile_up(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    expiries: list[Any] = []
    monkeypatch.setattr(scan_photos, "apply_async", lambda _args, **options: expiries.append(options["expires"]))
    PhotoFactory()

    requeue_photos()

    assert expiries == [settings.CELERY_BEAT_SCHEDULE["requeue-photos"]["schedule"]]


@pytest.mark.django_db
def test_a_photo_s_upload_is_not_undone_by_a_broker_that_is_down(use_broker: Use, tmp_path: Path) -> None:
    photo = PhotoFactory()
    use_broker(f"redis+socket://{tmp_path / 'none'}")

    wake_scan_worker([photo.pk])

    assert Photo.objects.get().status == "waiting"


def test_the_task_scans_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(scanning, "scan_waiting", told.append)

    scan_photos(["a", "b"])

    assert told == [["a", "b"]]


# --- what pages ask ----------------------------------------------------------------------------------------------
def test_pages_ask_the_broker_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def reach() -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(tasks, "reach_broker", reach)

    assert [tasks.broker_answers() for _ in range(20)] == [False] * 20
    assert len(asked) == 1

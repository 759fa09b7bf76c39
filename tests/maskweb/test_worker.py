"""What our workers do beside their tasks."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connections

from detection import tasks
from detection.models import Worker
from detection.services import registry, scanning, workers
from detection.services.finders import Finder, ScanSetup
from detection.vision.errors import WeightsError
from maskweb import worker
from tests.factories import FinderVersionFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db


class Timer:
    """Celery's timer, turned by hand."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Any]] = []

    def call_repeatedly(self, seconds: float, call: Any) -> None:
        self.calls.append((seconds, call))

    def tick(self) -> None:
        for _, call in self.calls:
            call()


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setattr(connections, "close_all", lambda: None)  # the test's own transaction is in there
    return SimpleNamespace(hostname="scan@here", timer=Timer())


@pytest.fixture(autouse=True)
def _no_queues_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_queues", set())


def consume(*queues: str) -> None:
    amqp = SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(queues)))
    worker.remember_queues(SimpleNamespace(app=SimpleNamespace(amqp=amqp)))


# --- signs of life ---------------------------------------------------------------------------------------------
def test_a_worker_shows_itself_when_it_is_ready_and_again_and_again(
    sender: SimpleNamespace, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.requeue_photos, "delay", lambda: None)
    consume("scan", "default")

    worker.start_signs_of_life(sender)

    first = Worker.objects.get()
    assert (first.name, first.queues) == ("scan@here", "default,scan")
    assert [seconds for seconds, _ in sender.timer.calls] == [settings.WORKER_HEARTBEAT_SECONDS]
    sender.timer.tick()
    assert Worker.objects.get().seen_at > first.seen_at


def test_a_sign_comes_often_enough_to_be_taken_for_alive(settings: Any) -> None:
    assert settings.WORKER_HEARTBEAT_SECONDS * 3 <= settings.WORKER_SILENT_SECONDS


def test_a_database_that_is_away_for_a_moment_ends_no_worker(
    sender: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(workers, "sign_of_life", away)
    worker.start_signs_of_life(sender)

    sender.timer.tick()

    assert not Worker.objects.exists()


def test_no_connection_is_left_for_a_child_to_inherit(sender: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append(True))

    worker.start_signs_of_life(sender)
    sender.timer.tick()

    assert closed == [True, True]


def test_a_worker_that_ends_in_order_is_gone_at_once(sender: SimpleNamespace) -> None:
    worker.start_signs_of_life(sender)

    worker.end_signs_of_life(sender)

    assert not Worker.objects.exists()


@pytest.mark.parametrize(("queue", "asks"), [("scan", 1), ("training", 0)])
def test_a_scan_worker_asks_for_what_waits_as_soon_as_it_starts(
    sender: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, queue: str, asks: int
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(tasks.requeue_photos, "delay", lambda: asked.append(True))
    consume(queue)

    worker.start_signs_of_life(sender)

    assert len(asked) == asks


# --- the model -------------------------------------------------------------------------------------------------
@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    setups: list[Any] = []
    monkeypatch.setattr(registry, "weights_exist", lambda _: True)
    monkeypatch.setattr(scanning, "scanner_for", setups.append)
    return setups


def test_a_scan_worker_s_child_loads_the_models_before_its_first_photo(loaded: list[Any]) -> None:
    version, finder_version = ModelVersionFactory(status="active"), FinderVersionFactory(status="active")
    consume("scan", "default")

    worker.load_models()

    assert loaded == [ScanSetup(Finder("ssd", finder_version), version)]


def test_other_workers_load_no_model(loaded: list[Any]) -> None:
    ModelVersionFactory(status="active")
    FinderVersionFactory(status="active")
    consume("training")

    worker.load_models()

    assert loaded == []


def test_a_worker_without_a_usable_model_starts_all_the_same(
    loaded: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Any) -> None:
        raise WeightsError("wrong_hash", "The weights are not those that were registered.")

    consume("scan")
    worker.load_models()
    FinderVersionFactory(status="active")
    worker.load_models()
    ModelVersionFactory(status="active")
    monkeypatch.setattr(scanning, "scanner_for", broken)
    worker.load_models()

    assert "No finder of ours is active" in caplog.text
    assert "No model is active" in caplog.text
    assert "not those that were registered" in caplog.text

"""/healthz and /readyz: whether the process answers, and which part is missing."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection
from django.test import Client

from detection.models import ModelVersion, Worker
from maskweb import health
from tests.factories import FinderVersionFactory, ModelVersionFactory, WorkerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    WorkerFactory()
    for make in (ModelVersionFactory, FinderVersionFactory):
        make(status="active").weights.save("weights.safetensors", ContentFile(b"weights"))


def down(*_: Any, **__: Any) -> Any:
    raise DatabaseError("gone")


def readyz(client: Client) -> tuple[int, dict[str, bool]]:
    answer = client.get("/readyz")
    body = answer.json()
    parts = {name: part["ready"] for name, part in body["parts"].items()}
    assert body["ready"] == (answer.status_code == 200) == all(parts.values())
    assert all(bool(part["detail"]) != part["ready"] for part in body["parts"].values()), "what is down says why"
    return answer.status_code, parts


def missing(client: Client) -> list[str]:
    status, parts = readyz(client)
    assert status == (503 if False in parts.values() else 200)
    return [name for name, ready in parts.items() if not ready]


def test_the_process_answers_whoever_asks(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert "no-cache" in answer.headers["Cache-Control"]


def test_healthz_asks_no_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get("/healthz")


def test_with_everything_up_it_is_ready(client: Client) -> None:
    assert readyz(client) == (200, dict.fromkeys(["database", "broker", "scan_worker", "model", "finder"], True))


def test_without_a_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "reach_broker", lambda: False)

    assert missing(client) == ["broker"]


@pytest.mark.parametrize("queues", ["training", ""])
def test_without_a_worker_that_scans(client: Client, queues: str) -> None:
    Worker.objects.update(queues=queues)

    assert missing(client) == ["scan_worker"]


def test_without_an_active_model(client: Client) -> None:
    ModelVersion.objects.update(status="retired")

    assert missing(client) == ["model", "finder"]


@pytest.mark.parametrize("role", ["classifier", "finder"])
def test_without_an_active_model_of_a_role(client: Client, role: str) -> None:
    ModelVersion.objects.filter(role=role).update(status="retired")

    assert missing(client) == [{"classifier": "model", "finder": "finder"}[role]]


def test_a_finder_by_others_needs_no_model_of_ours(client: Client, settings: Any) -> None:
    settings.FACE_FINDER = "haar"
    ModelVersion.objects.filter(role="finder").delete()

    assert missing(client) == []


@pytest.mark.parametrize("name", ["yunet", "eyes"])
def test_without_the_finder_that_was_chosen(client: Client, settings: Any, name: str) -> None:
    settings.FACE_FINDER = name

    assert missing(client) == ["finder"]


def test_without_the_model_s_weights(client: Client) -> None:
    version = ModelVersion.objects.get(role="classifier")
    version.weights.storage.delete(version.weights.name)

    assert missing(client) == ["model"]


def test_without_a_database_it_still_answers_and_tells_nothing_about_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "cursor", down)

    assert missing(client) == ["database", "scan_worker", "model", "finder"]
    assert b"gone" not in client.get("/readyz").content


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_but_reading_is_allowed(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_that_speaks_plain_http_gets_its_answer(client: Client, settings: Any, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code == 200

from datetime import timedelta

import pytest
from django.utils import timezone

from detection.models import Worker
from detection.services.workers import gone, sign_of_life
from tests.factories import WorkerFactory

pytestmark = pytest.mark.django_db


def test_a_worker_s_first_sign_makes_its_row_and_the_next_renews_it() -> None:
    sign_of_life("scan@host", ["default", "scan"])
    first = Worker.objects.get()

    sign_of_life("scan@host", ["default", "scan"])

    again = Worker.objects.get()
    assert again.queues == "default,scan"
    assert again.started_at == first.started_at
    assert again.seen_at > first.seen_at


def test_a_worker_that_ends_in_order_is_forgotten_at_once() -> None:
    sign_of_life("scan@host", ["scan"])
    sign_of_life("other@host", ["training"])

    gone("scan@host")

    assert [worker.name for worker in Worker.objects.all()] == ["other@host"]


def test_workers_silent_for_a_day_are_forgotten() -> None:
    WorkerFactory(name="long gone", seen_at=timezone.now() - timedelta(days=2))
    WorkerFactory(name="silent", seen_at=timezone.now() - timedelta(hours=2))

    sign_of_life("alive", ["scan"])

    assert set(Worker.objects.values_list("name", flat=True)) == {"silent", "alive"}

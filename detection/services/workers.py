"""Signs of life: a row per worker, renewed every few seconds, so that pages can say who works without asking Celery."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from detection.models import Worker

FORGOTTEN = timedelta(days=1)


def sign_of_life(name: str, queues: Iterable[str]) -> None:
    now = timezone.now()
    Worker.objects.update_or_create(
        name=name,
        defaults={"seen_at": now, "queues": ",".join(queues)},
        create_defaults={"seen_at": now, "queues": ",".join(queues), "started_at": now},
    )
    Worker.objects.filter(seen_at__lt=now - FORGOTTEN).delete()


def gone(name: str) -> None:
    """The worker ended in order."""
    Worker.objects.filter(name=name).delete()

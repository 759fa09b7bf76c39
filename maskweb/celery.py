"""The Celery application. Messages are JSON and carry ids only; the rows are the queue of record."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maskweb.settings")

app = Celery("maskweb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

from maskweb import worker  # noqa: E402, F401  its handlers of Celery's signals

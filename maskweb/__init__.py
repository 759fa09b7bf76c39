"""The project: settings, URLs, the Celery application, health, and the processes of one machine."""

from maskweb.celery import app as celery_app

__all__ = ["celery_app"]

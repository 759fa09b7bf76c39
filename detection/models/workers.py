"""Who works."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """The sign of life of one worker process, renewed every few seconds."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    queues = models.CharField(_("queues"), max_length=120)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"), db_index=True)
    detail: "models.JSONField[Any, Any]" = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

"""The models that find and judge faces."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
    """Weights with their spec and metrics. One per role is active; faces keep those that found and judged them."""

    class Role(models.TextChoices):
        CLASSIFIER = "classifier", _("judges faces")
        FINDER = "finder", _("finds faces")

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")
        REJECTED = "rejected", _("rejected")

    name = models.CharField(_("name"), max_length=80, unique=True)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.CLASSIFIER)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CANDIDATE)
    architecture = models.CharField(_("architecture"), max_length=40)
    spec = models.JSONField(_("spec"))
    metrics = models.JSONField(_("metrics"), default=dict, blank=True)
    sha256 = models.CharField(_("SHA-256 of the weights"), max_length=64, unique=True)
    weights = models.FileField(_("weights"), upload_to="models/", blank=True)
    is_starter = models.BooleanField(_("comes with maskweb"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["role"], condition=Q(status="active"), name="one_active_version_per_role"),
        ]

    def __str__(self) -> str:
        return self.name

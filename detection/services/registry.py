"""Which model judges: model versions are registered, exactly one is active, and workers ask here for its weights."""

import json
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from detection.models import ModelVersion
from detection.selectors import active_model_version
from detection.vision import spec as weights_spec
from detection.vision.errors import WeightsError


def active_weights() -> tuple[Path, str]:
    """The weights file of the active model version and its SHA-256. Raises WeightsError when there is none."""
    version = active_model_version()
    if version is None:
        raise WeightsError("missing", "No model is active. Activate one, or run `manage.py prepare`.")
    return weights_path(version), version.sha256


def weights_path(version: ModelVersion) -> Path:
    return weights_spec.STARTER if version.is_starter else Path(version.weights.path)


@transaction.atomic
def register_starter() -> ModelVersion:
    """The row of the model that ships with maskweb; it becomes active if no other is. Safe to call at every start."""
    path = weights_spec.STARTER
    sha256 = weights_spec.file_sha256(path)
    known = ModelVersion.objects.filter(sha256=sha256).first()
    version = known or create_starter(path, sha256)
    # A newer starter takes over from an older one, never from a model the school chose itself.
    older = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE, is_starter=True).exclude(pk=version.pk)
    if older.exists() or active_model_version() is None:
        activate(version)
    return version


def create_starter(path: Path, sha256: str) -> ModelVersion:
    spec = weights_spec.read_spec(path)
    metrics = path.with_suffix(".metrics.json")
    return ModelVersion.objects.create(
        name=f"starter {sha256[:8]}",
        architecture=spec.architecture,
        spec=spec.to_json(),
        metrics=json.loads(metrics.read_text(encoding="utf-8")) if metrics.exists() else {},
        sha256=sha256,
        is_starter=True,
    )


@transaction.atomic
def activate(version: ModelVersion) -> None:
    """Makes it the one active version and retires the one before; a worker uses it from its next photos on."""
    active = ModelVersion.Status.ACTIVE
    ModelVersion.objects.filter(status=active).exclude(pk=version.pk).update(status=ModelVersion.Status.RETIRED)
    version.status = active
    version.activated_at = timezone.now()
    version.save(update_fields=["status", "activated_at"])

"""Which model judges: model versions are registered, exactly one is active, and workers ask here for its weights."""

import json
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from detection.models import ModelVersion
from detection.selectors import active_model_version
from detection.vision import spec as weights_spec
from detection.vision.errors import WeightsError

LOST = "The weights file of {name} is missing. Activate another model, or put the file back."
CHANGED = "The weights file of {name} is not the one that was registered. Activate another model."


def usable_version() -> ModelVersion:
    """The active model version. Raises WeightsError when there is none, or its weights are missing."""
    version = active_model_version()
    if version is None:
        raise WeightsError("missing", "No model is active. Activate one, or run `manage.py prepare`.")
    if not weights_exist(version):
        raise WeightsError("missing", LOST.format(name=version.name))
    return version


def weights_exist(version: ModelVersion) -> bool:
    if version.weights:
        return version.weights.storage.exists(str(version.weights.name))
    return version.is_starter and weights_spec.STARTER.exists()


def weights_path(version: ModelVersion) -> Path:
    """The weights as a file of this machine; a copy in the data folder where they are stored elsewhere."""
    if not weights_exist(version):
        raise WeightsError("missing", LOST.format(name=version.name))
    if not version.weights:
        return weights_spec.STARTER
    try:
        return Path(version.weights.path)
    except NotImplementedError:  # a storage that is no folder, such as S3
        return local_copy(version)


def local_copy(version: ModelVersion) -> Path:
    copy = settings.DATA_DIR / "cache" / "models" / f"{version.sha256}.safetensors"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        partial = copy.with_suffix(".partial")
        with version.weights.open("rb") as source, partial.open("wb") as target:
            shutil.copyfileobj(source, target)
        partial.rename(copy)
    return copy


@transaction.atomic
def register_starter() -> ModelVersion:
    """The row of the model that ships with maskweb; it becomes active if no other is. Safe to call at every start."""
    path = weights_spec.STARTER
    sha256 = weights_spec.file_sha256(path)
    known = ModelVersion.objects.filter(sha256=sha256).first()
    version = known or create_starter(path, sha256)
    # A newer starter takes over from an older one, never from a model the school chose itself.
    older = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE, is_starter=True).exclude(pk=version.pk)
    if (known is None and older.exists()) or active_model_version() is None:
        activate(version)
    return version


def create_starter(path: Path, sha256: str) -> ModelVersion:
    """Keeps a copy of the weights: this version can be gone back to when a later maskweb ships another starter."""
    spec = weights_spec.read_spec(path)
    metrics = path.with_suffix(".metrics.json")
    version = ModelVersion(
        name=f"starter {sha256[:8]}",
        architecture=spec.architecture,
        spec=spec.to_json(),
        metrics=json.loads(metrics.read_text(encoding="utf-8")) if metrics.exists() else {},
        sha256=sha256,
        is_starter=True,
    )
    with path.open("rb") as weights:
        version.weights.save(f"{sha256}.safetensors", File(weights))
    return version


@transaction.atomic
def activate(version: ModelVersion) -> None:
    """Makes it the one active version and retires the one before; a worker uses it from its next photos on.

    Raises WeightsError, and changes nothing, when its weights are missing or are not those that were registered.
    """
    if weights_spec.file_sha256(weights_path(version)) != version.sha256:
        raise WeightsError("wrong_hash", CHANGED.format(name=version.name))
    active = ModelVersion.Status.ACTIVE
    list(ModelVersion.objects.select_for_update().order_by("pk"))  # two people may choose at the same moment
    ModelVersion.objects.filter(status=active).exclude(pk=version.pk).update(status=ModelVersion.Status.RETIRED)
    version.status = active
    version.activated_at = timezone.now()
    version.save(update_fields=["status", "activated_at"])


def is_deletable(version: ModelVersion) -> bool:
    """The starter, the active version, and one that judged photos which are still there, stay."""
    in_use = version.is_starter or version.status == ModelVersion.Status.ACTIVE
    return not (in_use or version.faces.exists() or version.photos.exists())


@transaction.atomic
def delete_version(version: ModelVersion) -> None:
    """Deletes the row and the weights. Raises ProtectedError when photos were judged with it."""
    weights = version.weights
    version.delete()
    if weights:
        transaction.on_commit(lambda: weights.storage.delete(str(weights.name)))

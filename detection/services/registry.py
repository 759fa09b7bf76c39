"""Which models find and judge: versions are registered, one per role is active, and workers ask for its weights."""

import json
import logging
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from detection.models import ModelVersion
from detection.selectors import active_model_version
from detection.vision import finder_spec
from detection.vision import spec as weights_spec
from detection.vision.errors import WeightsError
from detection.vision.finder_spec import FinderSpec
from detection.vision.spec import ModelSpec

logger = logging.getLogger(__name__)
Role = ModelVersion.Role
NONE_ACTIVE = {
    Role.CLASSIFIER: "No model is active. Activate one, or run `manage.py prepare`.",
    Role.FINDER: "No finder of ours is active. Activate one, run `manage.py prepare`, or choose another finder.",
}
LOST = "The weights file of {name} is missing. Activate another model, or put the file back."
CHANGED = "The weights file of {name} is not the one that was registered. Activate another model."


def usable_version(role: str = Role.CLASSIFIER) -> ModelVersion:
    """The active version of the role. Raises WeightsError when there is none, or its weights are missing."""
    version = active_model_version(role)
    if version is None:
        raise WeightsError("missing", NONE_ACTIVE[Role(role)])
    if not weights_exist(version):
        raise WeightsError("missing", LOST.format(name=version.name))
    return version


def weights_exist(version: ModelVersion) -> bool:
    if version.weights:
        return version.weights.storage.exists(str(version.weights.name))
    return version.is_starter and shipped_file(version.role).exists()


def shipped_file(role: str) -> Path:
    """The weights that come with maskweb."""
    return finder_spec.STARTER_FINDER if role == Role.FINDER else weights_spec.STARTER


def read_shipped_spec(role: str) -> ModelSpec | FinderSpec:
    read = finder_spec.read_finder_spec if role == Role.FINDER else weights_spec.read_spec
    return read(shipped_file(role))


def weights_path(version: ModelVersion) -> Path:
    """The weights as a file of this machine; a copy in the data folder where they are stored elsewhere."""
    if not weights_exist(version):
        raise WeightsError("missing", LOST.format(name=version.name))
    if not version.weights:
        return shipped_file(version.role)
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


def register_starter() -> ModelVersion:
    """The rows of the models that ship with maskweb; answers the one that judges. Safe to call at every start.

    Without a finder's file maskweb starts all the same: who chose another finder needs none.
    """
    try:
        register_shipped(Role.FINDER)
    except WeightsError as error:
        logger.warning("The finder that comes with maskweb cannot be registered: %s", error)
    return register_shipped(Role.CLASSIFIER)


@transaction.atomic
def register_shipped(role: str) -> ModelVersion:
    """The row of the shipped model of that role; it becomes active if no other is."""
    sha256 = weights_spec.file_sha256(shipped_file(role))
    known = ModelVersion.objects.filter(sha256=sha256).first()
    version = known or create_shipped(role, sha256)
    # A newer starter takes over from an older one, never from a model the school chose itself.
    actives = ModelVersion.objects.filter(role=role, status=ModelVersion.Status.ACTIVE)
    if (known is None and actives.filter(is_starter=True).exists()) or not actives.exists():
        activate(version)
    return version


def create_shipped(role: str, sha256: str) -> ModelVersion:
    """Keeps a copy of the weights: this version can be gone back to when a later maskweb ships another."""
    path, spec = shipped_file(role), read_shipped_spec(role)
    metrics = path.with_suffix(".metrics.json")
    version = ModelVersion(
        name=f"{path.stem} {sha256[:8]}",
        role=role,
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
    """Makes it the one active version of its role and retires the one before; workers use it from their next photos on.

    Raises WeightsError, and changes nothing, when its weights are missing or are not those that were registered.
    """
    if weights_spec.file_sha256(weights_path(version)) != version.sha256:
        raise WeightsError("wrong_hash", CHANGED.format(name=version.name))
    active = ModelVersion.Status.ACTIVE
    list(ModelVersion.objects.select_for_update().order_by("pk"))  # two people may choose at the same moment
    before = ModelVersion.objects.filter(role=version.role, status=active).exclude(pk=version.pk)
    before.update(status=ModelVersion.Status.RETIRED)
    version.status = active
    version.activated_at = timezone.now()
    version.save(update_fields=["status", "activated_at"])


def is_deletable(version: ModelVersion) -> bool:
    """The shipped ones, the active ones, and one that found or judged on photos which are still there, stay."""
    if version.is_starter or version.status == ModelVersion.Status.ACTIVE:
        return False
    uses = (version.faces, version.photos, version.found_faces, version.searched_photos)
    return not any(rows.exists() for rows in uses)


@transaction.atomic
def delete_version(version: ModelVersion) -> None:
    """Deletes the row and the weights. Raises ProtectedError when photos were searched or judged with it."""
    weights = version.weights
    version.delete()
    if weights:
        transaction.on_commit(lambda: weights.storage.delete(str(weights.name)))

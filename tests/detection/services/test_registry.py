"""Which model judges."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import ProtectedError

from detection.models import ModelVersion
from detection.services import registry
from detection.services.registry import activate, register_starter, usable_version, weights_path
from detection.vision import spec
from detection.vision.errors import WeightsError
from tests.factories import FaceFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db


def safetensors(name: str) -> bytes:
    """A file that holds a spec and no weights."""
    known = {"architecture": "slim_vgg16", "classes": ["mask", "no_mask"], "input_size": 96, "name": name}
    header = json.dumps({"__metadata__": {spec.METADATA_KEY: json.dumps(known)}}).encode()
    return len(header).to_bytes(8, "little") + header


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "starter.safetensors"
    path.write_bytes(safetensors("first"))
    path.with_suffix(".metrics.json").write_text('{"accuracy": 0.99}')
    monkeypatch.setattr(spec, "STARTER", path)
    return path


def registered(name: str, **fields: Any) -> ModelVersion:
    content = safetensors(name)
    version = ModelVersionFactory(name=name, sha256=hashlib.sha256(content).hexdigest(), **fields)
    version.weights.save(f"{name}.safetensors", ContentFile(content))
    return version


# --- the starter -----------------------------------------------------------------------------------------------
def test_the_starter_is_registered_with_its_spec_and_metrics_and_judges(starter: Path) -> None:
    version = register_starter()

    assert (version.status, version.is_starter, version.architecture) == ("active", True, "slim_vgg16")
    assert version.spec["classes"] == ["mask", "no_mask"]
    assert version.metrics == {"accuracy": 0.99}
    assert weights_path(version).read_bytes() == starter.read_bytes()


def test_registering_it_at_every_start_changes_nothing(starter: Path) -> None:
    first = register_starter()
    again = register_starter()

    assert again == first
    assert ModelVersion.objects.get().activated_at == first.activated_at


def test_a_newer_starter_takes_over_from_the_older_which_can_be_gone_back_to(starter: Path) -> None:
    old = register_starter()
    starter.write_bytes(safetensors("second"))
    new = register_starter()
    assert usable_version() == new

    activate(old)
    register_starter()  # the next start

    assert usable_version() == old
    assert weights_path(old).read_bytes() == safetensors("first")


def test_a_newer_starter_does_not_push_aside_a_model_of_the_school(starter: Path) -> None:
    register_starter()
    own = registered("our own")
    activate(own)
    starter.write_bytes(safetensors("second"))

    register_starter()

    assert usable_version() == own
    assert ModelVersion.objects.get(spec__name="second").status == "candidate"


def test_a_starter_without_metrics_is_fine(starter: Path) -> None:
    starter.with_suffix(".metrics.json").unlink()

    assert register_starter().metrics == {}


# --- activating ------------------------------------------------------------------------------------------------
def test_one_version_is_active_at_a_time() -> None:
    first, second = registered("first"), registered("second")
    activate(first)

    activate(second)

    assert dict(ModelVersion.objects.values_list("name", "status")) == {"first": "retired", "second": "active"}
    assert usable_version() == second


def test_activating_the_active_one_is_harmless() -> None:
    version = registered("only")
    activate(version)

    activate(version)

    assert usable_version() == version


@pytest.mark.parametrize(("harm", "code"), [("missing", "missing"), ("changed", "wrong_hash")])
def test_a_version_that_cannot_judge_is_not_activated(harm: str, code: str) -> None:
    good, bad = registered("good"), registered("bad")
    activate(good)
    default_storage.delete(bad.weights.name)
    if harm == "changed":
        default_storage.save(bad.weights.name, ContentFile(b"something else"))

    with pytest.raises(WeightsError) as refused:
        activate(bad)

    assert refused.value.code == code
    assert usable_version() == good


def test_without_an_active_version_a_sentence_says_what_to_do() -> None:
    with pytest.raises(WeightsError, match="Activate one"):
        usable_version()


def test_weights_that_are_lost_are_named() -> None:
    version = registered("lost")
    activate(version)
    default_storage.delete(version.weights.name)

    with pytest.raises(WeightsError, match="The weights file of lost is missing"):
        usable_version()


# --- storages that are no folder -------------------------------------------------------------------------------
def test_weights_stored_elsewhere_are_copied_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    version = registered("far away")

    def no_path(*_: Any) -> str:
        raise NotImplementedError

    monkeypatch.setattr(type(default_storage._wrapped), "path", no_path)
    monkeypatch.setattr(registry, "weights_exist", lambda _: True)
    monkeypatch.setattr(version.weights, "open", lambda _: ContentFile(safetensors("far away")))
    copy = weights_path(version)

    assert copy.read_bytes() == safetensors("far away")
    assert copy.is_relative_to(tmp_path)
    monkeypatch.setattr(version.weights, "open", no_path)
    assert weights_path(version) == copy


# --- deleting --------------------------------------------------------------------------------------------------
def test_a_deleted_version_takes_its_weights_along(django_capture_on_commit_callbacks: Any) -> None:
    version = registered("worse")
    name = version.weights.name
    with django_capture_on_commit_callbacks(execute=True):
        registry.delete_version(version)

    assert not ModelVersion.objects.exists()
    assert not default_storage.exists(name)


def test_a_version_that_judged_stays(django_capture_on_commit_callbacks: Any) -> None:
    version = registered("busy")
    FaceFactory(model_version=version)
    assert not registry.is_deletable(version)

    with pytest.raises(ProtectedError), django_capture_on_commit_callbacks(execute=True):
        registry.delete_version(version)

    assert default_storage.exists(version.weights.name)

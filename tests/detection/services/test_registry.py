"""Which models find and judge."""

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
from detection.vision import finder_spec, spec
from detection.vision.errors import WeightsError
from detection.vision.finder_spec import FinderSpec
from tests.factories import FaceFactory, FinderVersionFactory, ModelVersionFactory, PhotoFactory

pytestmark = pytest.mark.django_db


def safetensors(name: str) -> bytes:
    """A file that holds a spec and no weights."""
    return with_spec({"architecture": "slim_vgg16", "classes": ["mask", "no_mask"], "input_size": 96, "name": name})


def with_spec(values: dict[str, Any]) -> bytes:
    header = json.dumps({"__metadata__": {spec.METADATA_KEY: json.dumps(values)}}).encode()
    return len(header).to_bytes(8, "little") + header


@pytest.fixture(autouse=True)
def finder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "finder.safetensors"
    path.write_bytes(with_spec(FinderSpec(name="first finder").to_json()))
    monkeypatch.setattr(finder_spec, "STARTER_FINDER", path)
    return path


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "starter.safetensors"
    path.write_bytes(safetensors("first"))
    path.with_suffix(".metrics.json").write_text('{"accuracy": 0.99}')
    monkeypatch.setattr(spec, "STARTER", path)
    return path


def registered(name: str, make: Any = ModelVersionFactory, **fields: Any) -> ModelVersion:
    content = safetensors(name)
    version = make(name=name, sha256=hashlib.sha256(content).hexdigest(), **fields)
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
    assert ModelVersion.objects.count() == 2
    assert ModelVersion.objects.get(role="classifier").activated_at == first.activated_at


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


# --- the finder that comes along ---------------------------------------------------------------------------------
def test_the_finder_is_registered_beside_the_starter_and_finds(starter: Path, finder: Path) -> None:
    finder.with_suffix(".metrics.json").write_text('{"recall": 0.9}')
    register_starter()

    version = usable_version("finder")

    assert (version.role, version.is_starter, version.architecture) == ("finder", True, "slim_vgg16_ssd")
    assert version.name.startswith("finder ")
    assert version.spec["judged_by"] == "both"
    assert version.metrics == {"recall": 0.9}
    assert weights_path(version).read_bytes() == finder.read_bytes()


def test_a_newer_finder_takes_over_and_leaves_the_judge_alone(starter: Path, finder: Path) -> None:
    judge = register_starter()
    old = usable_version("finder")
    finder.write_bytes(with_spec(FinderSpec(name="second finder").to_json()))

    register_starter()

    assert usable_version("finder").spec["name"] == "second finder"
    old.refresh_from_db()
    assert old.status == "retired"
    assert usable_version() == judge


def test_a_newer_finder_does_not_push_aside_one_of_the_school(starter: Path, finder: Path) -> None:
    register_starter()
    own = registered("our own", FinderVersionFactory)
    activate(own)
    finder.write_bytes(with_spec(FinderSpec(name="second finder").to_json()))

    register_starter()

    assert usable_version("finder") == own


@pytest.mark.parametrize("harm", ["missing", "broken"])
def test_without_a_usable_finder_maskweb_starts_all_the_same_and_says_so(
    starter: Path, finder: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    finder.unlink()
    if harm == "broken":
        finder.write_bytes(b"no weights at all")

    version = register_starter()

    assert usable_version() == version
    assert "The finder that comes with maskweb cannot be registered" in caplog.text
    with pytest.raises(WeightsError, match="choose another finder"):
        usable_version("finder")


# --- activating ------------------------------------------------------------------------------------------------
def test_one_version_is_active_at_a_time() -> None:
    first, second = registered("first"), registered("second")
    activate(first)

    activate(second)

    assert dict(ModelVersion.objects.values_list("name", "status")) == {"first": "retired", "second": "active"}
    assert usable_version() == second


def test_each_role_has_its_own_active_version() -> None:
    judge, first, second = (
        registered("judge"),
        registered("first", FinderVersionFactory),
        registered("second", FinderVersionFactory),
    )
    for version in (judge, first, second):
        activate(version)

    assert (usable_version(), usable_version("finder")) == (judge, second)
    first.refresh_from_db()
    assert first.status == "retired"


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


@pytest.mark.parametrize(
    "use", [lambda version: FaceFactory(finder_version=version), lambda version: searched(version)]
)
def test_a_finder_that_searched_photos_that_are_still_there_stays(use: Any) -> None:
    version = registered("busy", FinderVersionFactory)
    assert registry.is_deletable(version)
    use(version)

    assert not registry.is_deletable(version)
    with pytest.raises(ProtectedError):
        registry.delete_version(version)


def searched(version: ModelVersion) -> None:
    """On a photo without a face nothing but the photo names it."""
    PhotoFactory(status="done", verdict="no_face", finder="ssd", finder_version=version)


def test_a_version_that_judged_stays(django_capture_on_commit_callbacks: Any) -> None:
    version = registered("busy")
    FaceFactory(model_version=version)
    assert not registry.is_deletable(version)

    with pytest.raises(ProtectedError), django_capture_on_commit_callbacks(execute=True):
        registry.delete_version(version)

    assert default_storage.exists(version.weights.name)

"""Rows of an installation that is updated: kept, and read as they were meant."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from detection.models import Face, ModelVersion, Photo
from detection.selectors import current_faces

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE_FINDERS = ("detection", "0004_claims_by_index")


def migrate_to(*targets: tuple[str, str]) -> Any:
    """Answers the models as they are then."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())
    return executor.loader.project_state(list(targets)).apps if targets else None


def photo_before(apps: Any, number: int, version: Any, finders: tuple[str, ...]) -> Any:
    entrance = apps.get_model("detection", "Entrance").objects.get(slug="main")
    photo = apps.get_model("detection", "Photo").objects.create(
        school=entrance.school,
        entrance=entrance,
        sha256=f"{number:064x}",
        width=320,
        height=240,
        status="done" if version else "waiting",
        model_version=version,
    )
    for left, finder in enumerate(finders):
        apps.get_model("detection", "Face").objects.create(
            photo=photo, model_version=version, x=left, y=0, width=9, height=9, label="mask", score=0.9, finder=finder
        )
    return photo


def test_photos_and_models_from_before_there_was_a_finder_of_ours() -> None:
    before = migrate_to(BEFORE_FINDERS)
    version = before.get_model("detection", "ModelVersion").objects.create(
        name="starter", status="active", architecture="slim_vgg16", spec={}, sha256="0" * 64
    )
    waiting, empty, haar, yunet = (
        photo_before(before, 1, None, ()),
        photo_before(before, 2, version, ()),
        photo_before(before, 3, version, ("haar", "haar")),
        photo_before(before, 4, version, ("yunet",)),
    )

    migrate_to()

    finders = {photo.pk: photo.finder for photo in Photo.objects.all()}
    assert finders == {waiting.pk: "", empty.pk: "", haar.pk: "haar", yunet.pk: "yunet"}
    assert current_faces(Photo.objects.get(pk=haar.pk)).count() == 2
    assert Face.objects.current().count() == 3
    assert set(Face.objects.values_list("judged_by", "finder_version")) == {("classifier", None)}
    assert (ModelVersion.objects.get().role, ModelVersion.objects.get().status) == ("classifier", "active")
    assert set(Photo.objects.values_list("look", "finder_version")) == {("", None)}

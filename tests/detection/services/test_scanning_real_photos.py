"""Real photos through intake and the models that ship with maskweb."""

from pathlib import Path
from typing import Any

import pytest

from detection.models import Photo
from detection.services import registry, scanning
from detection.services.intake import take_in
from detection.services.photos import scan_again
from tests.requirements import DATA, needs

pytestmark = [pytest.mark.django_db, needs("data")]
PHOTOS = 6


@pytest.fixture(params=["haar", "ssd"])
def photos(request: pytest.FixtureRequest, settings: Any) -> list[Photo]:
    settings.FACE_FINDER = request.param
    registry.register_starter()
    return [take(path) for path in sorted((DATA / "scenes" / "images").glob("*.jpg"))[:PHOTOS]]


def take(path: Path) -> Photo:
    with path.open("rb") as file:
        return take_in(file, source=Photo.Source.COMMAND, name=path.name).photo


def test_real_photos_get_faces_and_a_verdict_and_the_same_again(photos: list[Photo]) -> None:
    scanning.scan_waiting([str(photo.pk) for photo in photos])
    first = results()
    scan_again(Photo.objects.all())
    scanning.scan_waiting([])

    assert Photo.objects.filter(status="done", model_version__is_starter=True).count() == PHOTOS
    assert results() == first
    assert sum(photo.people for photo in Photo.objects.all()) >= PHOTOS
    for photo in Photo.objects.all():
        for face in photo.faces.all():
            assert 0 <= face.x <= face.x + face.width <= photo.width
            assert 0 <= face.y <= face.y + face.height <= photo.height
            assert 0 <= face.score <= 1
            assert face.is_current
            assert abs(sum(face.scores.values()) - 1) < 1e-3


def results() -> dict[str, list[object]]:
    rows = Photo.objects.prefetch_related("faces")
    return {
        photo.original_name: [photo.verdict, *((face.pk, face.label, *face.box) for face in photo.faces.all())]
        for photo in rows
    }

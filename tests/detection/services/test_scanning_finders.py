"""Which finder searches a photo, what is kept of it, and what happens when another one is chosen."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage

from detection.models import Face, ModelVersion, Photo
from detection.selectors import current_faces
from detection.services import scanning
from detection.services.files import stored_crops
from detection.services.finders import choose_finder
from detection.services.registry import activate
from tests.detection.services.scans import active_version, scan, scan_again
from tests.factories import FaceFactory, FinderVersionFactory, PhotoFactory
from tests.scanners import StandInScanner, scanned

pytestmark = pytest.mark.django_db
Use = Callable[[Any], StandInScanner]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Each scanner that was made: the finder, and the SHA-256 of its weights."""
    made: list[tuple[str, str | None]] = []

    def make(weights: Any, sha256: str, finder: str, finder_weights: Any, finder_sha256: str | None) -> StandInScanner:
        assert (finder_weights is None) == (finder_sha256 is None)
        made.append((finder, finder_sha256))
        return StandInScanner(scanned("mask"))

    monkeypatch.setattr(scanning, "make_scanner", scanning.lru_cache(maxsize=1)(make))
    return made


# --- what is kept ----------------------------------------------------------------------------------------------
def test_photo_and_faces_say_who_found_and_who_judged(
    version: ModelVersion, finder_version: ModelVersion, use: Use
) -> None:
    use(scanned("mask", judged_by="both"))

    photo = scan(PhotoFactory())

    face = photo.faces.get()
    assert (photo.finder, photo.finder_version, photo.model_version) == ("ssd", finder_version, version)
    assert (face.finder, face.finder_version, face.model_version) == ("ssd", finder_version, version)
    assert (face.judged_by, face.finder_score) == ("both", 1.0)


def test_a_photo_without_a_face_says_who_found_none(
    version: ModelVersion, finder_version: ModelVersion, use: Use
) -> None:
    use(scanned())

    photo = scan(PhotoFactory())

    assert (photo.verdict, photo.finder, photo.finder_version) == ("no_face", "ssd", finder_version)


def test_a_finder_by_others_has_no_version_and_needs_none(version: ModelVersion, use: Use, settings: Any) -> None:
    settings.FACE_FINDER = "haar"
    use(scanned("mask"))

    photo = scan(PhotoFactory())

    assert (photo.finder, photo.finder_version) == ("haar", None)
    assert photo.faces.get().finder_version is None


# --- another finder, another result ----------------------------------------------------------------------------
def test_another_finder_gives_its_own_faces_and_leaves_those_before_as_history(
    version: ModelVersion, finder_version: ModelVersion, use: Use, settings: Any
) -> None:
    settings.FACE_FINDER = "haar"
    use(scanned("no_mask", "mask"))
    photo = scan(PhotoFactory())

    settings.FACE_FINDER = "ssd"
    use(scanned("mask", "mask", "unsure", judged_by="both"))  # two of the boxes are the same
    scan_again(photo)

    assert [(face.finder, face.label) for face in current_faces(photo)] == [
        ("ssd", "mask"),
        ("ssd", "mask"),
        ("ssd", "unsure"),
    ]
    assert (photo.verdict, photo.people) == ("unsure", 3)
    assert list(Face.objects.current().order_by("x")) == list(current_faces(photo))
    assert list(photo.faces.filter(finder="haar").order_by("x").values_list("label", flat=True)) == ["no_mask", "mask"]
    assert len(stored_crops(photo.pk)) == 5


def test_going_back_to_the_finder_before_finds_its_rows_again(
    version: ModelVersion, finder_version: ModelVersion, use: Use, settings: Any
) -> None:
    use(scanned("mask", "no_mask"))
    photo = scan(PhotoFactory())
    before = list(photo.faces.values_list("pk", "crop"))
    for finder in ("haar", "ssd", "haar", "ssd"):
        settings.FACE_FINDER = finder
        scan_again(photo)

    assert list(current_faces(photo).values_list("pk", "crop")) == before
    assert photo.faces.count() == 4
    assert len(stored_crops(photo.pk)) == 4


def test_another_version_of_our_finder_leaves_the_faces_before_as_history(
    version: ModelVersion, finder_version: ModelVersion, use: Use
) -> None:
    use(scanned("mask"))
    photo = scan(PhotoFactory())
    second = active_version("second finder", FinderVersionFactory)

    use(scanned("no_mask"))
    scan_again(photo)

    assert [face.finder_version for face in photo.faces.order_by("pk")] == [finder_version, second]
    assert [face.label for face in current_faces(photo)] == ["no_mask"]
    assert [face.is_current for face in photo.faces.order_by("pk")] == [False, True]


def test_faces_from_before_there_were_finder_versions_are_kept_up_by_the_next_scan(
    version: ModelVersion, use: Use, settings: Any
) -> None:
    settings.FACE_FINDER = "haar"
    photo = PhotoFactory(finder="haar", model_version=version)
    known = FaceFactory(photo=photo, model_version=version, label="unsure")
    use(scanned("mask"))

    scan(photo)

    known.refresh_from_db()
    assert [face.pk for face in photo.faces.all()] == [known.pk]
    assert known.label == "mask"


# --- taking effect ---------------------------------------------------------------------------------------------
def test_a_choice_takes_effect_on_the_next_photo_without_a_restart(
    version: ModelVersion, finder_version: ModelVersion, made: list[Any], admin_user: User
) -> None:
    scan(PhotoFactory())
    choose_finder("haar", admin_user)
    scan(PhotoFactory())
    scan(PhotoFactory())
    choose_finder("", admin_user)
    photo = scan(PhotoFactory())

    assert made == [("ssd", finder_version.sha256), ("haar", None), ("ssd", finder_version.sha256)]
    assert photo.finder == "ssd"


def test_a_newly_activated_finder_searches_the_next_photo_without_a_restart(
    version: ModelVersion, finder_version: ModelVersion, made: list[Any]
) -> None:
    scan(PhotoFactory())
    second = active_version("second finder", FinderVersionFactory)
    scan(PhotoFactory())
    activate(finder_version)
    scan(PhotoFactory())

    assert [sha256 for _, sha256 in made] == [finder_version.sha256, second.sha256, finder_version.sha256]


# --- finders that cannot be used -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("finder", "says"),
    [
        ("ssd", "No finder of ours is active"),
        ("yunet", "MASKWEB_YUNET_FILE"),
        ("eyes", 'There is no face finder called "eyes"'),
    ],
)
def test_photos_wait_for_a_finder_that_can_be_used(
    version: ModelVersion, settings: Any, finder: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings.FACE_FINDER = finder

    photo = scan(PhotoFactory())

    assert (photo.status, photo.attempts) == ("waiting", 0)
    assert "No photo can be scanned" in caplog.text
    assert says in caplog.text


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_photos_wait_while_the_finder_s_weights_are_missing_or_wrong(
    version: ModelVersion, finder_version: ModelVersion, harm: str
) -> None:
    default_storage.delete(finder_version.weights.name)
    if harm == "changed":
        with default_storage.open(finder_version.weights.name, "wb") as file:
            file.write(b"not the registered weights")

    photo = scan(PhotoFactory())

    assert (photo.status, photo.attempts) == ("waiting", 0)
    assert Photo.objects.waiting().count() == 1

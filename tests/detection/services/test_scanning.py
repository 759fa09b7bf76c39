"""From claimed photos to faces and verdicts: once, whatever happens in between."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from detection.models import Face, ModelVersion, Photo, crop_folder
from detection.services import claiming, scanning
from detection.services.files import stored_crops
from detection.vision.errors import FinderError, PhotoError, WeightsError
from tests.detection.services.scans import active_version, scan, scan_again
from tests.factories import PhotoFactory
from tests.scanners import StandInScanner, scanned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("finder_version")]
Use = Callable[[Any], StandInScanner]


# --- what a scan writes ----------------------------------------------------------------------------------------
def test_a_scan_writes_faces_crops_counts_and_the_verdict(version: ModelVersion, use: Use) -> None:
    use(scanned("mask", "no_mask", "unsure"))

    photo = scan(PhotoFactory())

    assert (photo.status, photo.verdict, photo.model_version) == ("done", "violation", version)
    assert photo.summary == {"mask": 1, "no_mask": 1, "incorrect": 0, "unsure": 1}
    assert (photo.claim, photo.lease_until, photo.attempts) == (None, None, 1)
    assert photo.scanned_at is not None
    faces = photo.faces.all()
    assert [(face.label, face.box) for face in faces] == [
        ("mask", [10, 20, 50, 60]),
        ("no_mask", [70, 20, 50, 60]),
        ("unsure", [130, 20, 50, 60]),
    ]
    for face in faces:
        with face.crop.open("rb") as file:
            assert Image.open(BytesIO(file.read())).format == "JPEG"


def test_a_photo_without_faces_is_done_with_a_verdict_of_its_own(version: ModelVersion, use: Use) -> None:
    use(scanned())

    photo = scan(PhotoFactory())

    assert (photo.status, photo.verdict, photo.people) == ("done", "no_face", 0)


def test_a_chunk_goes_through_the_scanner_at_once(version: ModelVersion, use: Use, settings: Any) -> None:
    settings.SCAN_CHUNK = 4
    scanner = use(scanned("mask"))
    PhotoFactory.create_batch(6)

    assert [scanning.scan_waiting([]), scanning.scan_waiting([]), scanning.scan_waiting([])] == [4, 2, 0]
    assert scanner.seen == [4, 2]


# --- scanning again --------------------------------------------------------------------------------------------
def test_the_same_model_again_gives_the_same_rows_once(version: ModelVersion, use: Use) -> None:
    use(scanned("mask", "no_mask"))
    photo = scan(PhotoFactory())
    before = list(photo.faces.values_list("pk", "crop"))

    scan_again(photo)

    assert list(photo.faces.values_list("pk", "crop")) == before
    assert len(stored_crops(photo.pk)) == 2


def test_a_face_that_is_no_longer_found_goes_with_its_crop(version: ModelVersion, use: Use) -> None:
    use(scanned("mask", "no_mask"))
    photo = scan(PhotoFactory())

    use(scanned("mask"))
    scan_again(photo)

    assert [face.label for face in photo.faces.all()] == ["mask"]
    assert stored_crops(photo.pk) == [photo.faces.get().crop.name]
    assert (photo.verdict, photo.people) == ("compliant", 1)


def test_a_face_judged_otherwise_keeps_its_row(version: ModelVersion, use: Use) -> None:
    use(scanned("unsure", score=0.5))
    photo = scan(PhotoFactory())
    face = photo.faces.get()

    use(scanned("mask", score=0.95))
    scan_again(photo)

    face.refresh_from_db()
    assert (face.label, face.score) == ("mask", 0.95)


def test_another_model_leaves_the_earlier_one_s_faces_as_history(version: ModelVersion, use: Use) -> None:
    use(scanned("no_mask"))
    photo = scan(PhotoFactory())
    second = active_version("second")

    use(scanned("mask"))
    scan_again(photo)

    assert [(face.model_version.name, face.label) for face in photo.faces.order_by("pk")] == [
        ("first", "no_mask"),
        ("second", "mask"),
    ]
    assert [face.model_version for face in Face.objects.current()] == [second]
    assert (photo.verdict, photo.people) == ("compliant", 1)
    assert len(stored_crops(photo.pk)) == 2


def test_a_failed_photo_that_is_scanned_again_forgets_its_failure(version: ModelVersion, use: Use) -> None:
    use(PhotoError("damaged", "It is cut off."))
    photo = scan(PhotoFactory())

    use(scanned("mask"))
    scan_again(photo)

    assert (photo.status, photo.failure) == ("done", None)


# --- lost claims -----------------------------------------------------------------------------------------------
def test_a_worker_that_lost_its_claim_writes_nothing_and_leaves_no_file(version: ModelVersion, use: Use) -> None:
    photo = PhotoFactory()

    def slow(_source: Any) -> Any:
        Photo.objects.filter(pk=photo.pk).update(status="waiting", claim=None)
        return scanned("no_mask")

    use(slow)
    scan(photo)

    assert (photo.status, photo.verdict) == ("waiting", "")
    assert not photo.faces.exists()
    assert stored_crops(photo.pk) == []


def test_a_photo_deleted_while_it_is_scanned_stays_gone(version: ModelVersion, use: Use) -> None:
    photo = PhotoFactory()

    def slow(_source: Any) -> Any:
        Photo.objects.filter(pk=photo.pk).delete()
        return scanned("mask")

    use(slow)
    scanning.scan_waiting([str(photo.pk)])

    assert not Photo.objects.exists()
    assert stored_crops(photo.pk) == []


def test_crops_of_a_worker_that_was_killed_are_cleared_by_the_next(version: ModelVersion, use: Use) -> None:
    use(scanned("mask"))
    photo = PhotoFactory(attempts=1)
    default_storage.save(f"{crop_folder(photo.pk)}/left-behind.jpg", ContentFile(b"a face"))

    scan(photo)

    assert stored_crops(photo.pk) == [photo.faces.get().crop.name]


def test_a_database_that_fails_while_faces_are_written_leaves_nothing(
    version: ModelVersion, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(scanned("mask", "mask"))
    photo = PhotoFactory()

    def broken(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(scanning, "write_faces", broken)
    scan(photo)

    assert (photo.status, photo.attempts, photo.verdict) == ("waiting", 1, "")
    assert stored_crops(photo.pk) == []


# --- photos that cannot be scanned -----------------------------------------------------------------------------
def test_a_photo_that_cannot_be_read_fails_with_its_reason_and_the_others_are_done(
    version: ModelVersion, use: Use
) -> None:
    bad, good = PhotoFactory(), PhotoFactory()
    answers = iter([PhotoError("damaged", "The file is cut off."), scanned("mask")])
    use(lambda _source: next(answers))

    scanning.scan_waiting([])

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.failure) == ("failed", {"code": "damaged", "detail": "The file is cut off."})
    assert good.status == "done"


def test_a_photo_whose_file_is_missing_fails_and_says_what_to_do(version: ModelVersion, use: Use) -> None:
    scanner = use(scanned("mask"))
    lost = PhotoFactory()
    default_storage.delete(lost.image.name)

    scan(lost)

    assert (lost.status, lost.failure_code) == ("failed", "missing_file")
    assert "Upload the photo again" in lost.failure_detail
    assert scanner.seen == []


def test_an_error_nobody_foresaw_is_tried_again_and_then_given_up(version: ModelVersion, use: Use) -> None:
    def broken(_source: Any) -> Any:
        raise ZeroDivisionError

    use(broken)
    photo = PhotoFactory()

    assert [scan(photo).status for _ in range(3)] == ["waiting", "waiting", "failed"]
    assert photo.failure_code == "error"
    assert "ZeroDivisionError" in photo.failure_detail


# --- models that cannot be used --------------------------------------------------------------------------------
def unused() -> None:
    """Photos wait, untouched, however often a worker tries."""
    photo = PhotoFactory()
    for _ in range(5):
        assert scanning.scan_waiting([str(photo.pk)]) == 0
    photo.refresh_from_db()
    assert (photo.status, photo.attempts) == ("waiting", 0)


def test_photos_wait_while_no_model_is_active() -> None:
    unused()


def test_photos_wait_while_the_weights_are_missing(version: ModelVersion) -> None:
    default_storage.delete(version.weights.name)
    unused()


def test_photos_wait_while_the_weights_are_broken(version: ModelVersion) -> None:
    with default_storage.open(version.weights.name, "wb") as file:
        file.write(b"not the registered weights")
    unused()


@pytest.mark.parametrize("error", [WeightsError("wrong_shape", "no"), FinderError("missing", "no")])
def test_a_model_or_finder_that_fails_while_scanning_costs_no_photo_an_attempt(
    version: ModelVersion, use: Use, error: Exception
) -> None:
    def fail(_source: Any) -> Any:
        raise error

    use(fail)
    photo = PhotoFactory()
    for _ in range(5):
        scan(photo)

    assert (photo.status, photo.attempts) == ("waiting", 0)


def test_a_newly_activated_model_judges_the_next_photo_without_a_restart(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(weights: Any, sha256: str, *_finder: Any) -> StandInScanner:
        made.append(sha256)
        return StandInScanner(scanned("mask"))

    monkeypatch.setattr(scanning, "make_scanner", scanning.lru_cache(maxsize=1)(make))
    scan(PhotoFactory())
    scan(PhotoFactory())
    second = active_version("second")
    photo = scan(PhotoFactory())

    assert made == [version.sha256, second.sha256]
    assert photo.model_version == second


def test_a_message_for_a_photo_that_is_done_already_scans_nothing(version: ModelVersion, use: Use) -> None:
    scanner = use(scanned("mask"))
    photo = scan(PhotoFactory())

    scan(photo)

    assert scanner.seen == [1]
    assert photo.attempts == 1


def test_a_claim_that_finds_nothing_is_no_error(version: ModelVersion, use: Use) -> None:
    use(scanned("mask"))

    assert scanning.scan_waiting([]) == 0
    assert claiming.waiting_ids(10) == []

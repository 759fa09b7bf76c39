"""From claimed photos to faces and verdicts, once: what a scan task does."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from PIL import Image

from detection.models import Face, Photo, crop_path
from detection.querysets import FaceQuerySet
from detection.services import claiming
from detection.services.files import delete_crops_without_row, delete_files
from detection.services.finders import ScanSetup, usable_setup
from detection.services.intake import limits
from detection.services.registry import weights_path
from detection.vision.errors import PhotoError, VisionError

if TYPE_CHECKING:
    from detection.vision.scan import ScannedFace, ScannedPhoto, Scanner

logger = logging.getLogger(__name__)
LOST = "The stored picture is missing. Upload the photo again, then delete this one."
BROKEN = "Scanning failed again and again ({error}). Look into the worker's log, then scan the photo again."


def scan_waiting(wanted: Sequence[str]) -> int:
    """Scans one chunk of waiting photos, the wanted ones first. Answers how many it took.

    Without a finder and a model that can be used nothing is claimed: the photos wait, and no attempt of theirs is
    counted.
    """
    try:
        setup = usable_setup()
        scanner = scanner_for(setup)
    except VisionError as error:
        logger.error("No photo can be scanned: %s", error)  # noqa: TRY400  its sentence says it all
        return 0
    photos = claiming.claim_photos(wanted)
    try:
        scan_claimed(photos, setup, scanner)
    except Exception as error:
        logger.exception("Scanning %s photos failed; they wait for another try", len(photos))
        give_back_or_fail(photos, error)
    return len(photos)


def give_back_or_fail(photos: list[Photo], error: Exception) -> None:
    """A finder or model that fails is no photo's fault: nothing is given up for that."""
    if isinstance(error, VisionError):
        claiming.give_back(photos, tried=False)
        return
    spent = [photo for photo in photos if photo.attempts >= settings.SCAN_MAX_ATTEMPTS]
    for photo in spent:
        claiming.fail(photo, "error", BROKEN.format(error=type(error).__name__))
    claiming.give_back(photo for photo in photos if photo not in spent)


def scan_claimed(photos: list[Photo], setup: ScanSetup, scanner: "Scanner") -> None:
    readable = [(photo, content) for photo in photos if (content := read_picture(photo)) is not None]
    if not readable:
        return
    results = scanner.scan([content for _, content in readable])
    for (photo, _), result in zip(readable, results, strict=True):
        if isinstance(result, PhotoError):
            claiming.fail(photo, result.code, result.detail)
        else:
            record(photo, setup, result)


def read_picture(photo: Photo) -> bytes | None:
    """The stored picture, or None when it is lost, which then is the photo's failure."""
    try:
        with photo.image.open("rb") as file:
            return file.read()
    except FileNotFoundError:
        claiming.fail(photo, "missing_file", LOST)
        return None


def scanner_for(setup: ScanSetup) -> "Scanner":
    """The scanner of this process; made once, and again when another finder or another model is to be used."""
    finder = setup.finder
    found_with = (weights_path(finder.version), finder.version.sha256) if finder.version else (None, None)
    return make_scanner(weights_path(setup.version), setup.version.sha256, finder.name, *found_with)


@lru_cache(maxsize=1)
def make_scanner(
    weights: Path, sha256: str, finder: str, finder_weights: Path | None, finder_sha256: str | None
) -> "Scanner":
    from detection.vision.scan import make_scanner  # torch comes with it, and takes seconds: workers only

    return make_scanner(
        weights,
        sha256=sha256,
        finder=finder,
        finder_weights=finder_weights,
        finder_sha256=finder_sha256,
        yunet_file=settings.YUNET_FILE,
        yunet_sha256=settings.YUNET_SHA256,
        device=settings.SCAN_DEVICE,
        limits=limits(),
        working_side=settings.SCAN_WORKING_SIDE,
        closer_pixels=settings.SCAN_CLOSER_PIXELS,
    )


def record(photo: Photo, setup: ScanSetup, result: "ScannedPhoto") -> None:
    """Writes faces and verdict in one transaction, if this worker's claim still stands."""
    kept = {tuple(face.box): face for face in faces_by(setup, photo)}
    new = [face for face in result.faces if tuple(face.box) not in kept]
    crops: dict[tuple[int, ...], str] = {tuple(face.box): save_crop(photo, face) for face in new}
    try:
        with transaction.atomic():
            stands = claiming.held(photo).update(**outcome(setup, result)) == 1
            stale = write_faces(photo, setup, result, crops) if stands else list(crops.values())
    except BaseException:
        delete_files(crops.values())
        raise
    delete_files(stale)
    if photo.attempts > 1:
        delete_crops_without_row(photo.pk)


def faces_by(setup: ScanSetup, photo: Photo) -> FaceQuerySet:
    """The photo's faces of an earlier scan by the same finder and model; those by others are history and stay."""
    return photo.faces.filter(**makers(setup))


def makers(setup: ScanSetup) -> dict[str, object]:
    """Whose work a photo and its faces are; a face is told by these and its box."""
    return {"model_version": setup.version, "finder": setup.finder.name, "finder_version": setup.finder.version}


def outcome(setup: ScanSetup, result: "ScannedPhoto") -> dict[str, object]:
    return {
        "status": Photo.Status.DONE,
        "claim": None,
        "lease_until": None,
        "scanned_at": timezone.now(),
        "failure_code": "",
        "failure_detail": "",
        "verdict": result.verdict,
        **makers(setup),
        **{f"{label}_count": count for label, count in result.summary.items()},
    }


def write_faces(photo: Photo, setup: ScanSetup, result: "ScannedPhoto", crops: dict[tuple[int, ...], str]) -> list[str]:
    """Makes the rows equal to the result; the same box keeps its row. Answers the crop files no row names now."""
    boxes = set()
    for face in result.faces:
        x, y, width, height = box = tuple(face.box)
        boxes.add(box)
        judged = {
            "label": face.label,
            "score": face.score,
            "scores": face.scores,
            "judged_by": face.judged_by,
            "finder_score": face.finder_score,
        }
        Face.objects.update_or_create(
            photo=photo,
            **makers(setup),
            x=x,
            y=y,
            width=width,
            height=height,
            defaults=judged,
            create_defaults={**judged, "crop": crops.get(box, "")},
        )
    gone = [face for face in faces_by(setup, photo) if tuple(face.box) not in boxes]
    Face.objects.filter(pk__in=[face.pk for face in gone]).delete()
    return [face.crop.name for face in gone if face.crop.name]


def save_crop(photo: Photo, face: "ScannedFace") -> str:
    buffer = BytesIO()
    Image.fromarray(face.crop).save(buffer, "JPEG", quality=88)
    return default_storage.save(crop_path(Face(photo=photo), ""), ContentFile(buffer.getvalue()))

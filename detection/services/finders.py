"""Who looks for faces: the environment names a finder, and an administrator may choose another at any time."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User

from detection.models import FaceFinder, ModelVersion, ScanSettings
from detection.selectors import chosen_finder
from detection.services.registry import usable_version
from detection.vision.errors import FinderError, VisionError

UNKNOWN = 'There is no face finder called "{name}". Choose one of: {known}.'
NOT_SET_UP = "The finder yunet needs MASKWEB_YUNET_FILE and MASKWEB_YUNET_SHA256. Set both, or choose another finder."


@dataclass(frozen=True)
class Finder:
    """A finder by name; `version` is the model of ours that it works with, None for those by others."""

    name: str
    version: ModelVersion | None = None


@dataclass(frozen=True)
class ScanSetup:
    """Who searches the next photos, and which version judges the faces."""

    finder: Finder
    version: ModelVersion


def usable_setup() -> ScanSetup:
    """Raises VisionError, whose sentence says what to do, when photos cannot be searched or judged."""
    return ScanSetup(usable_finder(), usable_version())


def usable_finder() -> Finder:
    return finder_called(chosen_finder())


def finder_called(name: str) -> Finder:
    """Raises VisionError when there is no such finder, or something that it needs is not there."""
    if name not in FaceFinder.values:
        raise FinderError("unknown_finder", UNKNOWN.format(name=name, known=", ".join(FaceFinder.values)))
    if name == FaceFinder.YUNET and not (settings.YUNET_FILE and settings.YUNET_SHA256):
        raise FinderError("missing", NOT_SET_UP)  # whether the file is right can tell only the worker that has it
    return Finder(name, usable_version(ModelVersion.Role.FINDER) if name == FaceFinder.SSD else None)


def is_usable(name: str) -> bool:
    try:
        finder_called(name)
    except VisionError:
        return False
    return True


def choose_finder(name: str, person: User) -> ScanSettings:
    """The finder of the photos that are scanned from now on; an empty name leaves it to the environment again.

    Raises VisionError, and changes nothing, when there is no such finder or it could not work.
    """
    if name:
        finder_called(name)
    chosen, _is_new = ScanSettings.objects.update_or_create(
        pk=ScanSettings.ONLY_ROW, defaults={"face_finder": name, "changed_by": person}
    )
    return chosen

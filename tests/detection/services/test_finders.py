"""Which finder searches the next photos."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from detection.models import FaceFinder, ModelVersion, ScanSettings
from detection.selectors import chosen_finder, scan_settings
from detection.services.finders import choose_finder, finder_called, is_usable, usable_setup
from detection.vision.errors import VisionError
from detection.vision.faces import FINDERS
from tests.factories import FinderVersionFactory

pytestmark = pytest.mark.django_db


def test_the_names_are_those_of_vision() -> None:
    assert tuple(FaceFinder.values) == FINDERS


def test_until_somebody_chooses_the_environment_says_which(settings: Any) -> None:
    settings.FACE_FINDER = "haar"

    assert chosen_finder() == "haar"
    assert (scan_settings().face_finder, scan_settings().changed_by) == ("", None)


def test_a_choice_outweighs_the_environment_and_keeps_who_made_it(admin_user: User, settings: Any) -> None:
    settings.FACE_FINDER = "ssd"

    choose_finder("haar", admin_user)

    assert chosen_finder() == "haar"
    kept = ScanSettings.objects.get()
    assert (kept.changed_by, kept.changed_at is not None) == (admin_user, True)


def test_choosing_nothing_leaves_it_to_the_environment_again(admin_user: User, settings: Any) -> None:
    settings.FACE_FINDER = "yunet"
    choose_finder("haar", admin_user)

    choose_finder("", admin_user)

    assert chosen_finder() == "yunet"
    assert ScanSettings.objects.count() == 1


@pytest.mark.parametrize("name", ["eyes", "SSD", "haar ", "yunet", "ssd"])
def test_what_could_not_work_is_not_chosen(admin_user: User, name: str) -> None:
    with pytest.raises(VisionError):
        choose_finder(name, admin_user)

    assert not ScanSettings.objects.exists()
    assert not is_usable(name)


@pytest.mark.parametrize(("file", "sha256"), [("yunet.onnx", ""), ("", "00")])
def test_yunet_needs_its_file_and_the_hash_of_it(settings: Any, file: str, sha256: str) -> None:
    settings.YUNET_FILE, settings.YUNET_SHA256 = file, sha256
    assert not is_usable("yunet")

    settings.YUNET_FILE, settings.YUNET_SHA256 = "yunet.onnx", "00"
    assert finder_called("yunet").version is None


def test_our_own_finder_comes_with_its_active_version(finder_version: ModelVersion) -> None:
    assert finder_called("ssd").version == finder_version


def test_our_own_finder_without_its_weights_cannot_work(finder_version: ModelVersion) -> None:
    finder_version.weights.storage.delete(finder_version.weights.name)

    assert not is_usable("ssd")


def test_the_setup_of_a_scan_names_both_models(version: ModelVersion, finder_version: ModelVersion) -> None:
    setup = usable_setup()

    assert (setup.version, setup.finder.name, setup.finder.version) == (version, "ssd", finder_version)


def test_there_is_one_row_of_settings_only(admin_user: User) -> None:
    choose_finder("haar", admin_user)

    with pytest.raises(IntegrityError), transaction.atomic():
        ScanSettings.objects.create(pk=2)


def test_who_chose_may_go_and_the_choice_stays(admin_user: User) -> None:
    choose_finder("haar", admin_user)

    admin_user.delete()

    assert (chosen_finder(), scan_settings().changed_by) == ("haar", None)


def test_a_finder_that_only_waits_to_be_activated_does_not_search() -> None:
    candidate = FinderVersionFactory()
    candidate.weights.save("candidate.safetensors", ContentFile(b"weights"))

    assert not is_usable("ssd")

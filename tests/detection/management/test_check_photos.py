"""`manage.py check_photos`: what the active model says, and nothing is stored."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from detection.management.commands import check_photos
from detection.models import Photo
from detection.services.finders import Finder, ScanSetup
from detection.vision.labels import Label
from detection.vision.scan import Scanner
from tests.detection.vision.test_scan import CardboardFinder, CardboardJudge, judged
from tests.factories import ModelVersionFactory
from tests.hostile import parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo on which the active model sees one mask and one face without."""
    version = ModelVersionFactory(name="the active one")
    scanner = Scanner(
        CardboardFinder((0, 0, 30, 30), (50, 20, 30, 30)),
        CardboardJudge(judged(Label.MASK), judged(Label.NO_MASK)),
    )
    monkeypatch.setattr(check_photos, "usable_setup", lambda: ScanSetup(Finder("haar"), version))
    monkeypatch.setattr(check_photos, "scanner_for", lambda setup: scanner)
    path = tmp_path / "photo.jpg"
    path.write_bytes(parts.jpeg())
    return path


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("check_photos", *arguments, stdout=out)
    return out.getvalue()


def test_a_sentence_per_photo(photo: Path) -> None:
    assert told(str(photo)) == f"{photo}: 2 people: 1 wears a mask, 1 does not\n"


def test_json_names_the_active_model(photo: Path) -> None:
    faces = json.loads(told(str(photo), "--json"))["faces"]
    assert {face["model_version"] for face in faces} == {"the active one"}


def test_boxes_are_drawn_where_asked(photo: Path, tmp_path: Path) -> None:
    told(str(photo), "--save-annotated", str(tmp_path / "drawn"))
    assert (tmp_path / "drawn" / "photo.jpg").exists()


def test_nothing_is_taken_in(photo: Path) -> None:
    told(str(photo))
    assert not Photo.objects.exists()


def test_an_unreadable_photo_is_an_error_after_all_are_told(photo: Path) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="the lines above say why"):
        call_command("check_photos", str(photo.parent / "nothing.jpg"), str(photo), stdout=out)
    assert len(out.getvalue().splitlines()) == 2


def test_without_a_model_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"manage\.py prepare") as error:
        told(str(tmp_path))
    assert error.value.returncode == 2


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        (
            {"mask": 2, "no_mask": 1, "incorrect": 0, "unsure": 1},
            "4 people: 2 wear a mask, 1 does not, 1 cannot be told",
        ),
        ({"mask": 0, "no_mask": 1, "incorrect": 0, "unsure": 0}, "1 person: 1 wears no mask"),
        ({"mask": 0, "no_mask": 0, "incorrect": 2, "unsure": 0}, "2 people: 2 wear a mask wrongly"),
        ({"mask": 0, "no_mask": 0, "incorrect": 0, "unsure": 0}, "no face found: look at the photo yourself"),
    ],
)
def test_sentences(summary: dict[str, int], sentence: str) -> None:
    with translation.override("en"):
        assert check_photos.sentence_on(summary) == sentence

"""What people read in French is said as the French say it: numbers, days, plurals, and refusals at every door."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from detection.management.commands.check_photos import sentence_on
from detection.models import Entrance, Face, ModelVersion, Photo
from detection.vision.labels import Label
from tests.detection.admin_pages import address
from tests.factories import EntranceFactory
from tests.maskweb.french import FRENCH, make_everything, show

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything() -> Photo:
    return make_everything()


class TestWording:
    def test_one_photo_is_singular_and_many_are_plural(self, staff_client: Client, everything: Photo) -> None:
        start, photo = show(staff_client, "/"), show(staff_client, everything.get_absolute_url())

        assert {"conformes", "signalées", "incertaines", "conforme", "non conforme", "incertain"} <= set(start)
        assert "5 visages" in photo

    def test_a_result_is_one_sentence(self, staff_client: Client, everything: Photo) -> None:
        assert (
            "5 personnes\xa0: 2 portent un masque, 1 ne porte pas de masque, 1 porte mal son masque, 1 cas incertain"
        ) in show(staff_client, everything.get_absolute_url())

    def test_nothing_is_singular_in_french(self) -> None:
        with translation.override("fr"):
            assert ngettext("%(n)s photo", "%(n)s photos", 0) % {"n": 0} == "0 photo"

    def test_the_command_line_speaks_it_too(self) -> None:
        counts = {Label.MASK: 1, Label.NO_MASK: 2, Label.INCORRECT: 0, Label.UNSURE: 0}
        with translation.override("fr"):
            assert sentence_on(counts) == "3 personnes\xa0: 1 porte un masque, 2 n\u2019en portent pas"


class TestNumbersAndDates:
    def test_limits_are_written_the_french_way(self, staff_client: Client, settings: Any) -> None:
        settings.PHOTO_MAX_BYTES = int(2.5 * 1024 * 1024)

        [limits] = [text for text in show(staff_client, "/upload/") if text.startswith("JPEG")]
        assert "2,5\xa0Mo" in limits
        assert "12\xa0000 pixels" in limits

    def test_days_have_french_names(self, staff_client: Client, everything: Photo) -> None:
        assert "2 mars 2026 07:45" in show(staff_client, everything.get_absolute_url())
        assert "02/03/2026 07:45" in " ".join(show(staff_client, "/photos/"))
        report = " ".join(show(staff_client, "/report/?start=2026-03-02&end=2026-03-03"))
        assert "Du 2 mars 2026 au 3 mars 2026" in report
        assert "50\xa0%" in report

    def test_shares_in_the_administration_have_a_comma(self, admin_client: Client, everything: Photo) -> None:
        assert "98,8\xa0%" in show(admin_client, address(ModelVersion, "changelist"))
        assert "97\xa0%" in show(admin_client, address(Face, "changelist"))

    def test_places_on_a_picture_stay_numbers_for_programs(self, staff_client: Client, everything: Photo) -> None:
        page = staff_client.get(everything.get_absolute_url(), headers=FRENCH).content.decode()

        assert re.search(r'x="\d+\.\d+%"', page)
        assert not re.search(r'(x|y|width|height)="[\d.]*,', page)


class TestRefusals:
    """The same file is refused in French at every door."""

    SENTENCE = "Ce fichier n\u2019est pas une photo lisible. Envoyez un fichier JPEG, PNG, WebP ou HEIC."

    def send(self, client: Client, to: str, field: str, **more: Any) -> str:
        file = SimpleUploadedFile("notes.jpg", b"not a photo")
        return client.post(to, {field: file, **more}, headers=FRENCH).content.decode()

    def test_on_the_page(self, staff_client: Client) -> None:
        slug = Entrance.objects.get(is_default=True).slug

        assert self.SENTENCE in self.send(staff_client, "/upload/", "image", entrance=slug)

    def test_by_the_api(self, staff_client: Client) -> None:
        assert json.loads(self.send(staff_client, "/api/v1/photos/", "image"))["detail"] == self.SENTENCE

    def test_in_the_administration(self, admin_client: Client) -> None:
        assert self.SENTENCE in self.send(admin_client, address(Photo, "add"), "file", entrance=EntranceFactory().pk)

    def test_by_the_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "notes.jpg").write_text("not a photo")
        with translation.override("fr"), pytest.raises(CommandError, match="1 fichier a été refusé"):
            call_command("take_in", str(tmp_path))

        assert self.SENTENCE in capsys.readouterr().err

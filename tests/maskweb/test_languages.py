"""Every text people see is there in French, as the French write it, and is the one that programs read."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.factories import PhotoFactory
from tests.maskweb.catalogues import Entry, read_mo, read_po
from tests.requirements import ROOT, needs

FRENCH = ROOT / "locale" / "fr" / "LC_MESSAGES"
SOURCES = ("detection", "training", "maskweb", "templates", "locale")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}")
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return read_po(FRENCH / "django.po")


class TestCatalogue:
    def test_every_text_is_translated(self, entries: list[Entry]) -> None:
        assert len(entries) > 300
        for entry in entries:
            assert set(entry.translations) == ({0, 1} if entry.plural else {0}), entry.singular
            assert all(entry.translations.values()), entry.singular

    def test_no_translation_is_a_guess(self, entries: list[Entry]) -> None:
        assert [entry.singular for entry in entries if "fuzzy" in entry.flags] == []

    def test_what_is_filled_in_is_filled_in_in_french_too(self, entries: list[Entry]) -> None:
        for entry in entries:
            expected = sorted(PLACEHOLDER.findall(entry.singular))
            for text in entry.translations.values():
                assert sorted(PLACEHOLDER.findall(text)) == expected, text

    def test_a_sentence_stays_a_sentence(self, entries: list[Entry]) -> None:
        ends = [(entry.plural or entry.singular, text) for entry in entries for text in entry.translations.values()]

        assert [text for english, text in ends if english.endswith(".") != text.endswith(".")] == []

    def test_signs_stand_apart_without_a_line_break_before_them(self, entries: list[Entry]) -> None:
        for text in texts(entries):
            assert not re.search(rf"(?<!{NO_BREAK})[:;?!»](?=\s|$)", text), text
            assert not re.search(rf"«(?!{NO_BREAK})", text), text
            assert not re.search(r" %(%|$)", text), text

    def test_apostrophes_and_dots_are_those_of_print(self, entries: list[Entry]) -> None:
        assert [text for text in texts(entries) if "'" in text or '"' in text or "..." in text] == []

    def test_the_person_is_addressed_politely(self, entries: list[Entry]) -> None:
        assert [text for text in texts(entries) if re.search(r"\b(tu|toi|ton|ta|tes)\b", text, re.IGNORECASE)] == []

    def test_what_programs_read_is_what_translators_wrote(self, entries: list[Entry]) -> None:
        assert read_mo(FRENCH / "django.mo") == {entry.key: entry.value for entry in entries}

    @needs("gettext")
    def test_no_text_of_the_code_or_the_pages_is_missing(
        self, entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        for name in SOURCES:
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
        monkeypatch.chdir(tmp_path)
        settings.LOCALE_PATHS = [str(tmp_path / "locale")]

        call_command("makemessages", locale=["fr"], no_obsolete=True, verbosity=0)

        found = read_po(tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po")
        assert {entry.key for entry in found} == {entry.key for entry in entries}


def texts(entries: list[Entry]) -> list[str]:
    """All translations, without the parts in backquotes, which are for programs."""
    return [re.sub(r"`[^`]*`", "", text) for entry in entries for text in entry.translations.values()]


class TestLanguageOfAPage:
    @pytest.mark.parametrize(
        ("asked", "answered"),
        [
            ("fr", "fr"),
            ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
            ("de, fr;q=0.7, en;q=0.3", "fr"),
            ("en-GB, fr;q=0.5", "en"),
            ("de", "en"),
            ("", "en"),
        ],
    )
    @pytest.mark.django_db
    def test_it_is_the_one_the_browser_asks_for(self, client: Client, asked: str, answered: str) -> None:
        answer = client.get("/sign-in/", headers={"accept-language": asked})
        page = answer.content.decode()

        assert f'<html lang="{answered}">' in page
        assert answer["Content-Language"] == answered
        assert "Accept-Language" in answer["Vary"]
        assert {"fr": "Se connecter", "en": "Sign in"}[answered] in page

    @pytest.mark.parametrize("address", ["/", "/nothing/", "/api/docs/", "/admin/"])
    def test_every_kind_of_page_says_which_one_it_speaks(self, admin_client: Client, address: str) -> None:
        page = admin_client.get(address, headers={"accept-language": "fr"}).content.decode()

        assert re.search(r'<html lang="fr"', page)

    def test_the_school_chooses_the_one_for_all_other_browsers(self, staff_client: Client, settings: Any) -> None:
        settings.LANGUAGE_CODE = "fr"
        photo = PhotoFactory()

        page = staff_client.get(photo.get_absolute_url(), headers={"accept-language": "de"}).content.decode()

        assert '<html lang="fr">' in page

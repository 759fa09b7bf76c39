"""Pages asked for in French hold no English: not in their templates, and not in what code adds."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from detection.models import Entrance, Face, ModelVersion, Photo, PhotoLook
from tests.detection.admin_pages import address
from tests.maskweb.catalogues import read_po
from tests.maskweb.french import make_everything, said_by, show, words
from tests.requirements import ROOT

pytestmark = pytest.mark.django_db
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
# Texts that are translated, and the one block that holds no text but a class.
NOT_SAID = re.compile(
    r"\{% (blocktranslate|block body_class).*?\{% end(blocktranslate|block body_class) %\}", re.DOTALL
)
PLACEHOLDER = re.compile(r"%\(\w+\)s|%[ds]|\{\w+\}")
# Words that nearly every English text of ours has some of, and that are no French words.
ENGLISH = {"the", "is", "are", "and", "of", "this", "with", "from", "again", "sign", "wears", "wear", "none", "mask"}
ENGLISH |= {"people", "upload", "show", "waiting", "unsure"}


@pytest.fixture(scope="module")
def english() -> list[re.Pattern[str]]:
    """What no French page may say: our English texts, but for those that are the same in French."""
    entries = read_po(ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po")
    french = {text for entry in entries for text in entry.translations.values()}
    texts = {text for entry in entries for text in (entry.singular, entry.plural)} - french
    return [pattern(text) for text in texts if words([PLACEHOLDER.sub("", text)])]


def pattern(text: str) -> re.Pattern[str]:
    """Matches the text, whatever it is filled in with."""
    return re.compile(".+".join(re.escape(part.replace("%%", "%")) for part in PLACEHOLDER.split(text)))


@pytest.fixture
def everything() -> Photo:
    return make_everything()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_says_nothing_by_itself(template: Path) -> None:
    bare = TAG.sub(" ", NOT_SAID.sub(" ", template.read_text()))

    assert words(said_by(bare)) <= {"maskweb"}


class TestPages:
    @pytest.mark.parametrize(
        "page",
        [
            "/",
            "/upload/",
            "/photos/",
            "/photos/?status=done",
            "/photos/?look=not_yet",
            "/photos/to-look-at/",
            "/report/",
            "/report/?start=2026-03-01",
            "/password/",
        ],
    )
    def test_a_page_is_french(self, staff_client: Client, everything: Photo, page: str, english: Any) -> None:
        assert english_in(show(staff_client, page), english) == []

    def test_a_page_about_a_photo_is_french(self, staff_client: Client, everything: Photo, english: Any) -> None:
        for photo in Photo.objects.all():
            for page in (photo.get_absolute_url(), f"{photo.get_absolute_url()}delete/"):
                assert english_in(show(staff_client, page), english) == []

    @pytest.mark.parametrize(
        "page", ["/", "/upload/", "/photos/", "/photos/?status=done", "/photos/to-look-at/", "/report/"]
    )
    def test_a_page_without_anything_to_show_is_french(self, staff_client: Client, page: str, english: Any) -> None:
        Entrance.objects.all().delete()

        assert english_in(show(staff_client, page), english) == []

    @pytest.mark.parametrize("page", ["/sign-in/", "/nothing/"])
    def test_a_page_for_everybody_is_french(self, client: Client, page: str, english: Any) -> None:
        assert english_in(show(client, page), english) == []

    def test_the_settings_are_french(self, admin_client: Client, everything: Photo, english: Any) -> None:
        assert english_in(show(admin_client, "/settings/"), english) == []

    @pytest.mark.parametrize("model", [Photo, Face, PhotoLook, ModelVersion, Entrance])
    def test_the_administration_is_french(
        self, admin_client: Client, everything: Photo, model: type[Model], english: Any
    ) -> None:
        row = everything if model is Photo else model.objects.first()
        for page in (address(model, "changelist"), address(model, "change", row.pk)):
            assert english_in(show(admin_client, page), english) == []

    def test_english_would_be_found(self, staff_client: Client, everything: Photo, english: Any) -> None:
        page = said_by(staff_client.get("/", headers={"accept-language": "en"}).content.decode())

        assert {"Newest photos", "flagged", "1 is running.", "Start"} <= set(english_in(page, english))


def english_in(said: list[str], english: list[re.Pattern[str]]) -> list[str]:
    """The texts that are ours in English, or have a word that only English has; JSON is for programs."""
    told = [text for text in said if not text.startswith("{")]
    return [text for text in told if words([text]) & ENGLISH or any(one.fullmatch(text) for one in english)]

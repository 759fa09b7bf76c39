"""Pages as a browser that prefers French gets them: what they say, and something for them to show."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from django.test import Client

from detection.models import Photo
from tests.factories import (
    FaceFactory,
    FinderVersionFactory,
    ModelVersionFactory,
    PhotoFactory,
    PhotoLookFactory,
    WorkerFactory,
    searched_by_ours,
)

FRENCH = {"accept-language": "fr"}
SPOKEN = ("alt", "aria-label", "placeholder", "title", "content")


class Reader(HTMLParser):
    """Collects what a page says: its text, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_code = tag in {"script", "style"}
        names = dict(attrs)
        if tag == "meta" and names.get("name") != "description":
            return
        self.said += [value for name, value in attrs if value and (name in SPOKEN or name.startswith("data-text"))]

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False

    def handle_data(self, data: str) -> None:
        if not self.is_code and data.strip():
            self.said.append(re.sub(r"[ \n]+", " ", data.strip()))


def said_by(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.said


def show(client: Client, address: str) -> list[str]:
    """What the page says: its texts, and the attributes that are shown or read out."""
    answer = client.get(address, headers=FRENCH)
    assert answer.status_code in {200, 404}
    return said_by(answer.content.decode())


def words(said: list[str]) -> set[str]:
    return {word.lower() for text in said for word in re.findall(r"[^\W\d_]+", text)}


def make_everything() -> Photo:
    """Photos of every kind, the one answered with a face of every label; a worker, and a model that was measured."""
    ModelVersionFactory(status="active", metrics={"accuracy": 0.9876})
    WorkerFactory()
    FaceFactory()
    for answer in ("nobody_there", "people_missed"):
        PhotoLookFactory(answer=answer)
    finder = FinderVersionFactory(status="active")
    searched_by_ours("classifier", "finder", "both", version=finder)
    for labels in (["mask"], ["unsure"], [], ["no_mask"]):
        PhotoFactory(labels=labels)
    for status in ("waiting", "scanning"):
        PhotoFactory(status=status)
    PhotoFactory(status="failed", failure_code="crashed")
    moment = datetime(2026, 3, 2, 7, 45, tzinfo=UTC)
    return PhotoFactory(labels=["mask", "mask", "no_mask", "incorrect", "unsure"], taken_at=moment)

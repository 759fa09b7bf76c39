"""Pages of long lists without counting them: one row more than shown tells whether there is a next page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)
LAST = 10_000  # a number far beyond any list must not become a slow question to the database


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    number: int
    has_next: bool
    query: str  # of the address, without the page number

    @property
    def newer(self) -> str:
        """The address of the page before, or nothing on the first."""
        return self.address(self.number - 1) if self.number > 1 else ""

    @property
    def older(self) -> str:
        return self.address(self.number + 1) if self.has_next else ""

    def address(self, number: int) -> str:
        return "?" + "&".join(part for part in (self.query, f"page={number}") if part)


def page_of(rows: QuerySet[Row], asked: QueryDict, size: int) -> Page[Row]:
    """The page that `?page=` asks for; the first one when that is no number."""
    number = page_number(asked.get("page", ""))
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    rest = asked.copy()
    rest.pop("page", None)
    return Page(found[:size], number, has_next=len(found) > size, query=rest.urlencode())


def page_number(text: str) -> int:
    return min(max(int(text), 1), LAST) if text.isascii() and text.isdigit() and len(text) < 9 else 1

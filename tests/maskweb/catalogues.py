"""Reads gettext's files without gettext: texts for translators (.po) and what programs read (.mo)."""

import ast
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

MO_MAGIC = 0x950412DE


@dataclass
class Entry:
    """One text: what the code says, and what is said instead; two of each where there is a plural."""

    context: str = ""
    singular: str = ""
    plural: str = ""
    translations: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """As an .mo file has it: EOT after the context, NUL between singular and plural."""
        before = f"{self.context}\x04" if self.context else ""
        return before + self.singular + (f"\0{self.plural}" if self.plural else "")

    @property
    def value(self) -> str:
        return "\0".join(self.translations[number] for number in sorted(self.translations))


def read_po(path: Path) -> list[Entry]:
    """All entries but the header, which is the one for the empty text."""
    return [entry for entry in read_entries(path) if entry.key]


def read_entries(path: Path) -> list[Entry]:
    blocks = re.split(r"\n{2,}", path.read_text(encoding="utf-8").strip())
    return [read_entry(block.splitlines()) for block in blocks]


def read_entry(lines: list[str]) -> Entry:
    entry, keyword = Entry(), ""
    for line in lines:
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif not line.startswith("#"):
            said, _, text = line.partition('"')
            keyword = said.strip() or keyword
            add(entry, keyword, ast.literal_eval(f'"{text}'))
    return entry


def add(entry: Entry, keyword: str, text: str) -> None:
    if keyword.startswith("msgstr"):
        number = int(keyword[7:-1] or 0)
        entry.translations[number] = entry.translations.get(number, "") + text
        return
    name = {"msgctxt": "context", "msgid": "singular", "msgid_plural": "plural"}[keyword]
    setattr(entry, name, getattr(entry, name) + text)


def read_mo(path: Path) -> dict[str, str]:
    """The texts of a compiled catalogue, header left out (GNU gettext manual, "The Format of GNU MO Files")."""
    content = path.read_bytes()
    magic, _version, count, keys_at, values_at = struct.unpack_from("<5I", content)
    assert magic == MO_MAGIC
    keys, values = (list(strings(content, count, at)) for at in (keys_at, values_at))
    return {key: value for key, value in zip(keys, values, strict=True) if key}


def strings(content: bytes, count: int, table_at: int) -> list[str]:
    pairs = struct.iter_unpack("<2I", content[table_at : table_at + 8 * count])
    return [content[start : start + length].decode() for length, start in pairs]

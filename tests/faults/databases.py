"""A database for one test's installation, made from a template with all tables; asked with plain SQL."""

import shutil
import sqlite3
import uuid
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from tests.requirements import DATABASE_URL


class Database(Protocol):
    url: str

    def copy(self, folder: Path) -> "Database": ...
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...
    def drop(self) -> None: ...


class Sqlite:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "maskweb.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def copy(self, folder: Path) -> "Sqlite":
        copied = Sqlite(folder)
        shutil.copy(self.path, copied.path)
        return copied

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        link = sqlite3.connect(self.path, timeout=20)
        try:
            found = link.execute(sql).fetchall()
            link.commit()
            return found
        finally:
            link.close()

    def drop(self) -> None:
        self.path.unlink()


class Postgres:
    def __init__(self, template: str = "template1") -> None:
        self.name = f"maskweb_faults_{uuid.uuid4().hex[:8]}"
        self.url = urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{self.name}"))
        ask(DATABASE_URL, f"CREATE DATABASE {self.name} TEMPLATE {template}")

    def copy(self, _folder: Path) -> "Postgres":
        return Postgres(template=self.name)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return ask(self.url, sql)

    def drop(self) -> None:
        ask(DATABASE_URL, f"DROP DATABASE {self.name} WITH (FORCE)")


def ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as link:
        cursor = link.execute(sql)
        return cursor.fetchall() if cursor.description else []

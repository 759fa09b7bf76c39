"""An installation with an empty queue."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.databases import Database, Postgres, Sqlite
from tests.faults.installation import Installation
from tests.requirements import ROOT, needs

PREPARE = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
from detection.models import ModelVersion
call_command("migrate", verbosity=0)
get_user_model().objects.create_superuser("somebody")
for role, sha256 in (("classifier", "0" * 64), ("finder", "1" * 64)):
    ModelVersion.objects.create(
        name=f"stand-in {role}", role=role, status="active", spec={}, sha256=sha256, weights="models/stand-in"
    )
"""


@pytest.fixture(scope="session")
def templates() -> Iterator[dict[str, Database]]:
    """One database of each kind with all tables, made when first asked for."""
    made: dict[str, Database] = {}
    yield made
    for database in made.values():
        database.drop()


BOTH_DATABASES = pytest.mark.parametrize(
    "database_kind", ["sqlite", pytest.param("postgres", marks=needs("postgres"))], scope="function"
)


@pytest.fixture
def database_kind() -> str:
    """SQLite; a test about claims asks for both databases with BOTH_DATABASES."""
    return "sqlite"


@pytest.fixture
def installation(
    request: pytest.FixtureRequest,
    templates: dict[str, Database],
    tmp_path_factory: pytest.TempPathFactory,
    database_kind: str,
) -> Iterator[Installation]:
    kind = database_kind
    if kind not in templates:
        templates[kind] = Sqlite(tmp_path_factory.mktemp("template")) if kind == "sqlite" else Postgres()
        fill(templates[kind])
    folder = Path(tempfile.mkdtemp(prefix="maskweb-"))  # a short name: a socket's path has 107 bytes at most
    installed = Installation(folder, templates[kind].copy(folder))
    try:
        yield installed
    finally:
        installed.stop()
        if hasattr(request.node, "failed_call"):
            print(installed.log()[-20_000:])  # noqa: T201  pytest shows it with the failure
        installed.database.drop()
        shutil.rmtree(folder)


def fill(template: Database) -> None:
    environment = os.environ | {"DATABASE_URL": template.url, "DJANGO_SETTINGS_MODULE": "maskweb.settings"}
    subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, check=True, timeout=120)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.failed_call = True
    return report

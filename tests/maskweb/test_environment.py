"""Settings come from the environment alone; whatever it holds, a person gets a sentence and not a traceback."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from maskweb import environment
from tests.requirements import ROOT

PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")


def manage(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs manage.py with nothing of this test run's environment but the variables given."""
    bare = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=bare | variables, capture_output=True, text=True)


def test_a_secret_is_the_variables_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "told")
    assert environment.secret("A_SECRET") == "told"
    assert environment.secret("NO_SECRET", "otherwise") == "otherwise"


def test_a_secret_may_come_from_a_file_which_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept\n")
    monkeypatch.setenv("A_SECRET", "told")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "secret"))
    assert environment.secret("A_SECRET") == "kept"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_FILE", "/nowhere")
    with pytest.raises(ImproperlyConfigured, match="A_SECRET_FILE names /nowhere"):
        environment.secret("A_SECRET")


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = environment.kept_secret_key(tmp_path / "data")
    assert len(key) > 60
    assert environment.kept_secret_key(tmp_path / "data") == key
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: environment.kept_secret_key(tmp_path), range(32)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_an_empty_key_that_a_full_disk_left_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    assert environment.kept_secret_key(tmp_path)


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=r"data folder .*file cannot be used .*MASKWEB_DATA_DIR="):
        environment.kept_secret_key(tmp_path / "file")


def test_a_value_that_does_not_fit_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NUMBER", "many")
    with pytest.raises(ImproperlyConfigured, match="A_NUMBER is 'many', which does not fit"):
        environment.env.int("A_NUMBER")


@pytest.mark.filterwarnings("ignore:Engine not recognized")
def test_a_database_address_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "address").write_text("postgres://me:pw@db:5432/masks")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "address"))
    assert environment.database("sqlite:///x")["HOST"] == "db"
    (tmp_path / "address").write_text("nonsense")
    with pytest.raises(ImproperlyConfigured, match="postgres://"):
        environment.database("sqlite:///x")


ASK = (
    "from django.conf import settings as s; print(s.DEBUG, len(s.SECRET_KEY) > 60, s.HOST,"
    " s.DATABASES['default']['NAME'], s.CELERY_BROKER_URL, s.ALLOWED_HOSTS)"
)


def test_without_any_variable_it_is_safe_and_private(tmp_path: Path) -> None:
    answer = manage("shell", "--no-imports", "-c", ASK, MASKWEB_DATA_DIR=str(tmp_path))
    expected = (
        f"False True 127.0.0.1 {tmp_path}/maskweb.sqlite3 redis+socket://{tmp_path}/run/redis.sock"
        " ['localhost', '127.0.0.1', '[::1]', '127.0.0.1']\n"
    )
    assert answer.stdout == expected, answer.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty', which does not fit"),
        ({"MASKWEB_SCAN_CHUNK": "1.5"}, "MASKWEB_SCAN_CHUNK is '1.5', which does not fit"),
        ({"MASKWEB_DATA_DIR": "/proc/maskweb"}, "the data folder /proc/maskweb cannot be used"),
        ({"MASKWEB_SECRET_KEY_FILE": "/nowhere"}, "MASKWEB_SECRET_KEY_FILE names /nowhere"),
    ],
)
def test_a_wrong_variable_ends_a_command_with_one_sentence(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    answer = manage("check", **{"MASKWEB_DATA_DIR": str(tmp_path)} | variables)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"maskweb cannot use its settings: {sentence}")
    assert len(answer.stderr.splitlines()) == 1

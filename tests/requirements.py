"""What a test may need that a bare machine lacks: `@needs("postgres")` skips it with a reason, or fails it.

MASKWEB_REQUIRE_ALL=1 (continuous integration) turns every such skip into a failure, so that a missing service
cannot hide a broken test.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("MASKWEB_TEST_DATA", ROOT.parent / "shared" / "data"))
DATABASE_URL = os.environ.get("MASKWEB_TEST_DATABASE_URL", "")
REDIS_URL = os.environ.get("MASKWEB_TEST_REDIS_URL", "")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def needs(*names: str) -> pytest.MarkDecorator:
    """Marks a test, class or module (`pytestmark = needs("data")`) with what it needs; see REQUIREMENTS."""
    unknown = set(names) - REQUIREMENTS.keys()
    assert not unknown, f"tests/requirements.py knows no {unknown}"
    return pytest.mark.needs(*names)


def check_needs(item: pytest.Item) -> None:
    """Called before each test's fixtures are made."""
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if reason := missing(name):
                stop = pytest.fail if os.environ.get("MASKWEB_REQUIRE_ALL") == "1" else pytest.skip
                stop(f"needs {name}: {reason}")


@cache
def missing(name: str) -> str:
    """Why the requirement is not met, or nothing when it is."""
    return REQUIREMENTS[name]()


def chromium_path() -> str | None:
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


def no_data() -> str:
    return "" if (DATA / "faces").is_dir() else f"no pictures in {DATA} (MASKWEB_TEST_DATA names another folder)"


def no_chromium() -> str:
    return "" if chromium_path() else "no Chromium on PATH (Debian's package chromium)"


def no_gettext() -> str:
    return "" if shutil.which("msgfmt") else "no msgfmt on PATH (Debian's package gettext)"


def no_docker_compose() -> str:
    if shutil.which("docker-compose"):
        return ""
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True)
        if asked.returncode == 0:
            return ""
    return "no docker-compose on PATH, and docker has no command compose (Debian's package docker-compose)"


def no_redis_server() -> str:
    return "" if shutil.which("redis-server") else "no redis-server on PATH (Debian's package redis-server)"


def no_postgres() -> str:
    if not DATABASE_URL:
        return "MASKWEB_TEST_DATABASE_URL is not set (postgres://user@host:5432/name)"
    import psycopg

    try:
        psycopg.connect(DATABASE_URL, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL does not answer: {error}"
    return ""


def no_redis() -> str:
    if not REDIS_URL:
        return "MASKWEB_TEST_REDIS_URL is not set (redis://host:6379/9)"
    import redis

    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        return f"Redis does not answer: {error}"
    return ""


REQUIREMENTS: dict[str, Callable[[], str]] = {
    "data": no_data,
    "chromium": no_chromium,
    "gettext": no_gettext,
    "postgres": no_postgres,
    "docker-compose": no_docker_compose,  # the program only: no Docker engine is asked
    "redis": no_redis,  # a running one, at REDIS_URL
    "redis-server": no_redis_server,  # the program, for a test that starts its own
}

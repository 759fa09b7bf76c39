"""Reading the environment: every secret may also come from the file that NAME_FILE names."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):
    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        """A value that does not fit is told with its name."""
        try:
            return super().get_value(var, *args, **options)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} is {self.ENVIRON.get(var)!r}, which does not fit: {error}.") from error


env = Environment()


def secret(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names, or the default."""
    if path := env.str(f"{name}_FILE", default=""):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    return env.str(name, default=default)


def database(default: str) -> dict[str, Any]:
    """Django's description of the database that DATABASE_URL, or the file that DATABASE_URL_FILE names, tells."""
    description: dict[str, Any] = env.db_url_config(secret("DATABASE_URL", default))
    if "ENGINE" not in description:
        raise ImproperlyConfigured("DATABASE_URL is not like postgres://user:password@host:5432/name.")
    return description


def kept_secret_key(data_dir: Path) -> str:
    """The installation's own secret key: made once, kept in the data folder, readable by its owner only."""
    path = data_dir / "secret_key"
    try:
        if not path.exists() or not path.stat().st_size:
            make_secret_key(path)
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"the data folder {data_dir} cannot be used ({error.strerror}). Make it writable, or choose another "
            "one: MASKWEB_DATA_DIR=/path/to/folder"
        ) from error


def make_secret_key(path: Path) -> None:
    """Written aside and put in place whole: several processes of one start may do this at once, and the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # readable by its owner only
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64))
        if path.exists() and not path.stat().st_size:
            path.unlink()  # what an earlier start left on a full disk
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        Path(aside).unlink()


def redis_socket_record(data_dir: Path) -> Path:
    """Names the embedded Redis's socket where the data folder's own name is too long for one."""
    return data_dir / "run" / "redis_socket"


def redis_socket(data_dir: Path) -> Path:
    """The unix socket of the Redis that `manage.py serve` runs."""
    record = redis_socket_record(data_dir)
    if record.exists():
        return Path(record.read_text(encoding="utf-8").strip())
    return data_dir / "run" / "redis.sock"

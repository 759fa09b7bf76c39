"""Reading the environment: every secret may also come from the file that NAME_FILE names."""

import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def secret(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names, or the default."""
    if path := env.str(f"{name}_FILE", default=""):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    return env.str(name, default=default)


def kept_secret_key(data_dir: Path) -> str:
    """The installation's own secret key: made once, kept in the data folder, readable by its owner only."""
    path = data_dir / "secret_key"
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:  # another process of the same start was quicker
        pass
    return path.read_text(encoding="utf-8").strip()


def redis_socket_record(data_dir: Path) -> Path:
    """Names the embedded Redis's socket where the data folder's own name is too long for one."""
    return data_dir / "run" / "redis_socket"


def redis_socket(data_dir: Path) -> Path:
    """The unix socket of the Redis that `manage.py serve` runs."""
    record = redis_socket_record(data_dir)
    if record.exists():
        return Path(record.read_text(encoding="utf-8").strip())
    return data_dir / "run" / "redis.sock"

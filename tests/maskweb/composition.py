"""docker-compose.yml as Docker would read it with the values of a filled-in .env.example."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.requirements import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"
REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SECRETS = {"POSTGRES_PASSWORD": "0123456789abcdef" * 3, "MASKWEB_SECRET_KEY": "0123456789abcdef" * 6}


def env_file(path: Path = ROOT / ".env.example") -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def filled_in() -> dict[str, str]:
    return env_file() | SECRETS


def composition(values: dict[str, str]) -> dict[str, Any]:
    return fill(yaml.safe_load(COMPOSE_FILE.read_text()), values)


def fill(part: Any, values: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: fill(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [fill(value, values) for value in part]
    return REFERENCE.sub(lambda found: value_of(found, values), part) if isinstance(part, str) else part


def value_of(found: re.Match[str], values: dict[str, str]) -> str:
    name, kind, rest = found.groups()
    value = values.get(name, "")
    assert value or kind != "?", f"{name}: {rest}"
    return value or (rest if kind == "-" else "")


def variables_asked_for() -> set[str]:
    return {found[0] for found in REFERENCE.findall(COMPOSE_FILE.read_text())}

"""The environment variables the product reads, found in its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.requirements import ROOT

ROOMS = ("maskweb", "detection", "training")
READERS = {"env", "environ"}  # env.int("NAME"), os.environ.get("NAME")
SECRET_READERS = {"secret"}
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "OMP_WAIT_POLICY", "TORCH_HOME"}


def variables_read() -> set[str]:
    found = {name for room in ROOMS for path in (ROOT / room).rglob("*.py") for name in names_in(path)}
    return found - NOT_OURS


def names_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and is_reader(node.func):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def is_reader(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in SECRET_READERS | {"getenv"}
    if isinstance(function, ast.Attribute):
        owner = function.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        return name in READERS or function.attr == "getenv"
    return False

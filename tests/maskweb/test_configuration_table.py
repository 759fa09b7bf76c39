"""README's configuration table and the source tell of the same variables and defaults."""

import re

from tests.maskweb.variables import variables_read
from tests.requirements import ROOT

ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.*?) \| (.*) \|$", re.MULTILINE)
ROWS = {name: (default, meaning) for name, default, meaning in ROW.findall((ROOT / "README.md").read_text())}
NUMBER = re.compile(r"env\.int\(\s*\"(\w+)\",\s*default=([\d_* ]+)")


def source() -> str:
    return "".join((ROOT / "maskweb" / name).read_text() for name in ("settings.py", "processes/gunicorn.py"))


def test_every_variable_that_is_read_has_a_row_and_every_row_is_read() -> None:
    read = {name for name in variables_read() if not name.endswith("_FILE") or name in ROWS}
    assert set(ROWS) == read


def test_every_number_in_the_table_is_the_default_in_the_source() -> None:
    defaults = {name: product(number) for name, number in NUMBER.findall(source())}
    assert len(defaults) > 10
    for name, default in defaults.items():
        assert ROWS[name][0] == f"`{default}`", name


def product(number: str) -> int:
    result = 1
    for factor in number.split("*"):
        result *= int(factor)
    return result


def test_every_row_says_what_the_variable_does() -> None:
    assert all(len(meaning) > 10 for _, meaning in ROWS.values())

import pytest

from tests.requirements import check_needs


def pytest_runtest_setup(item: pytest.Item) -> None:
    check_needs(item)

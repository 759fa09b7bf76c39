"""Models that find and judge, and a scanner in the place of the real one."""

from collections.abc import Callable
from typing import Any

import pytest

from detection.models import ModelVersion
from detection.services import scanning
from tests.detection.services.scans import active_version
from tests.factories import FinderVersionFactory
from tests.scanners import StandInScanner


@pytest.fixture
def version(db: None) -> ModelVersion:
    return active_version()


@pytest.fixture
def finder_version(db: None) -> ModelVersion:
    return active_version("first finder", FinderVersionFactory)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], StandInScanner]:
    """Puts a scanner with the given answer in the place of the real one."""

    def put(answer: Any) -> StandInScanner:
        scanner = StandInScanner(answer)
        monkeypatch.setattr(scanning, "make_scanner", lambda *_: scanner)
        return scanner

    return put

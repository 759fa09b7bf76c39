"""Requests made up from the API's own description, sensible and senseless: each answer must be as described."""

from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from detection.api.throttles import AddressThrottle, PairThrottle
from detection.models import Photo
from maskweb.wsgi import application
from tests.factories import EntranceFactory, PhotoFactory, picture
from tests.requirements import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

schema = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yaml", config=SchemathesisConfig(seed=1))
schema.app = application
schemathesis.openapi.format("binary", st.binary(max_size=200) | st.sampled_from([picture(), picture(format="PNG")]))


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request ends its connection to the database, and with it the test's transaction; Django's client spares it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def headers(admin_user: User, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> dict[str, str]:
    """The token of somebody who may do everything; there are photos to be found, and nobody is throttled."""
    settings.MEDIA_ROOT = tmp_path
    for throttle in (PairThrottle, AddressThrottle):
        monkeypatch.setattr(throttle, "THROTTLE_RATES", {"token": "100000/s"})
    PhotoFactory(labels=["mask", "no_mask"], entrance=EntranceFactory(slug="north"))
    PhotoFactory(status="failed", failure_code="crashed", failure_detail="It stopped the worker.")
    return {"Authorization": f"Token {Token.objects.create(user=admin_user)}"}


def trial(operation_id: str) -> Callable[..., None]:
    """A test of its own for each operation: schemathesis would give them all the same name, and xdist run only one."""

    @schema.include(operation_id=operation_id).parametrize()
    @hypothesis.settings(
        max_examples=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def test(case: Any, headers: dict[str, str]) -> None:
        photo = Photo.objects.first() or PhotoFactory(labels=["mask"])  # one of the operations deletes
        if "photo_id" in case.path_parameters and case.meta.generation.mode.is_positive:
            case.path_parameters["photo_id"] = str(photo.pk)  # else every photo asked for is one that is not there
        case.call_and_validate(headers=headers, excluded_checks=list(not_meant(case)))

    return test


def not_meant(case: Any) -> Iterator[Any]:
    """Checks that the API breaks on purpose."""
    query = case.query or {}
    body = case.body if isinstance(case.body, dict) else {}
    if case.operation.label == "POST /api/v1/photos/" or "entrance" in query:
        yield checks.positive_data_acceptance  # not every file is a photo, nor every word the name of an entrance
    if "" in [*query.values(), *body.values()]:
        yield checks.negative_data_rejection  # a field left empty, as forms send it, counts as left out


OPERATIONS = [result.ok().definition.raw["operationId"] for result in schema.get_all_operations()]
for operation in OPERATIONS:
    globals()[f"test_answers_are_as_described_{operation}"] = trial(operation)


def test_every_operation_is_tried() -> None:
    assert len(OPERATIONS) == 13

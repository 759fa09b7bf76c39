"""Errors carry a code for programs and a sentence for people, also from one process to another."""

import pickle

import pytest

from detection.vision.errors import FinderError, PhotoError, VisionError, WeightsError

ERRORS = [
    PhotoError("damaged", "It is broken."),
    WeightsError("missing", "It is not there."),
    FinderError("wrong_hash", "It is another."),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_its_sentence(error: VisionError) -> None:
    assert str(error) == error.detail
    assert isinstance(error, VisionError)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error: VisionError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert (again.code, again.detail) == (error.code, error.detail)

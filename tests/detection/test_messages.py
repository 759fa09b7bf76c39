from typing import Any, get_args

import pytest

from detection import messages
from detection.models import Photo
from detection.vision.errors import PhotoCode

OTHER = messages.refusal("something new")


@pytest.mark.parametrize("code", get_args(PhotoCode))
def test_every_refusal_has_a_sentence_of_its_own(code: str) -> None:
    assert messages.refusal(code) != OTHER


def test_limits_in_sentences_are_those_of_the_settings(settings: Any) -> None:
    settings.PHOTO_MAX_BYTES, settings.PHOTO_MAX_SIDE = int(2.5 * 1024 * 1024), 12_000

    assert "larger than 2.5 MB" in messages.refusal("too_large")
    assert "longer than 12,000 pixels" in messages.refusal("side_too_long")


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"mask_count": 1}, "1 person: 1 wears a mask"),
        ({"mask_count": 2, "no_mask_count": 1}, "3 people: 2 wear a mask, 1 wears no mask"),
        ({"incorrect_count": 2, "unsure_count": 1}, "3 people: 2 wear it wrongly, 1 is unsure"),
        ({}, "No face was found: look at the picture yourself."),
    ],
)
def test_a_scanned_photo_is_one_sentence(counts: dict[str, int], sentence: str) -> None:
    assert messages.result_sentence(Photo(status=Photo.Status.DONE, **counts)) == sentence


@pytest.mark.parametrize("code", ["missing_file", "crashed", "error", "damaged"])
def test_known_failures_are_told_in_the_persons_language(code: str) -> None:
    photo = Photo(status=Photo.Status.FAILED, failure_code=code, failure_detail="raw")

    assert messages.result_sentence(photo) != "raw"


def test_an_unknown_failure_is_told_as_it_was_recorded() -> None:
    photo = Photo(status=Photo.Status.FAILED, failure_code="new", failure_detail="The lens was dirty.")

    assert messages.result_sentence(photo) == "The lens was dirty."


@pytest.mark.parametrize(
    ("status", "verdict", "kind"),
    [("waiting", "", "waiting"), ("scanning", "compliant", "scanning"), ("done", "no_face", "no_face")],
)
def test_a_badge_shows_the_verdict_only_when_it_stands(status: str, verdict: str, kind: str) -> None:
    assert messages.result_kind(Photo(status=status, verdict=verdict)) == kind

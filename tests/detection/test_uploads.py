"""An upload that is far too large neither fills the disk nor the memory."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from detection.uploads import CappedUploadHandler

Receive = Callable[[int], Any]


@pytest.fixture
def receive(settings: Any, rf: RequestFactory) -> Receive:
    """Sends a file of so many bytes through Django's upload handlers; answers the file that a view gets."""

    def send(size: int) -> Any:
        request = rf.post("/", {"image": SimpleUploadedFile("a.jpg", b"\xff" * size)})
        return seen(request).FILES["image"]

    return send


def seen(request: HttpRequest) -> HttpRequest:
    request.POST  # noqa: B018  reading it parses the body
    return request


@pytest.mark.parametrize("memory", [10, 10_000_000], ids=["on disk", "in memory"])
@pytest.mark.parametrize(
    ("sent", "kept"), [(1, 1), (999, 999), (1000, 1000), (1001, 1001), (5000, 1001), (300_000, 1001)]
)
def test_one_byte_more_than_allowed_is_kept_at_most(
    settings: Any, receive: Receive, memory: int, sent: int, kept: int
) -> None:
    settings.PHOTO_MAX_BYTES = 1000
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = memory

    assert len(receive(sent).read()) == kept


def test_each_file_of_a_request_has_the_same_room(settings: Any, rf: RequestFactory) -> None:
    settings.PHOTO_MAX_BYTES = 1000
    files = {name: SimpleUploadedFile(f"{name}.jpg", b"\xff" * 5000) for name in ("first", "second")}

    request = seen(rf.post("/", files))

    assert [len(request.FILES[name].read()) for name in files] == [1001, 1001]


def test_what_is_dropped_is_not_kept_anywhere(settings: Any) -> None:
    settings.PHOTO_MAX_BYTES = 10
    handler = CappedUploadHandler()

    assert handler.receive_data_chunk(b"x" * 8, 0) == b"x" * 8
    assert handler.receive_data_chunk(b"x" * 8, 8) == b"xxx"
    assert handler.receive_data_chunk(b"x" * 8, 16) is None
    assert handler.file_complete(24) is None


def test_the_handler_comes_first(settings: Any) -> None:
    assert settings.FILE_UPLOAD_HANDLERS[0].endswith(CappedUploadHandler.__name__)

"""Keeps an upload that is far too large from filling the disk before intake can refuse it."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class CappedUploadHandler(FileUploadHandler):
    """Lets one byte more than a photo may have through and drops the rest: intake then sees that it is too large."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        room = settings.PHOTO_MAX_BYTES + 1 - start
        return raw_data[:room] if room > 0 else None

    def file_complete(self, file_size: int) -> None:
        return None  # the next handler has the file

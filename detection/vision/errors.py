"""The errors vision raises: each has a code for programs and a sentence for people."""

from typing import Literal

PhotoCode = Literal[
    "empty",
    "too_large",
    "too_many_pixels",
    "side_too_long",
    "side_too_short",
    "unsupported_format",
    "damaged",
    "unreadable",  # the file itself: not there, or not allowed to be read
]
WeightsCode = Literal["missing", "wrong_hash", "wrong_format", "wrong_shape", "offline"]
FinderCode = Literal["unknown_finder", "missing", "wrong_hash", "wrong_format"]


class VisionError(Exception):
    """`code` is stable; `detail` is an English sentence: what happened and what to do next."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)  # both, so that the error survives pickling between processes
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class PhotoError(VisionError):
    """A photo that cannot be taken: not readable, not allowed, or too big."""

    def __init__(self, code: PhotoCode, detail: str) -> None:
        super().__init__(code, detail)


class WeightsError(VisionError):
    """A weights file that cannot be used."""

    def __init__(self, code: WeightsCode, detail: str) -> None:
        super().__init__(code, detail)


class FinderError(VisionError):
    """A face finder that cannot be set up."""

    def __init__(self, code: FinderCode, detail: str) -> None:
        super().__init__(code, detail)

"""Vision itself against every hostile file: one code, or a clean picture; never another error, never much memory."""

import io
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from detection.vision.errors import PhotoError
from detection.vision.images import Limits, make_copies, open_photo
from tests.hostile import parts
from tests.hostile.files import FILES, REFUSED, TAKEN, HostileFile

# Pillow tells of broken EXIF data by warnings as well.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
WHOLE = (parts.jpeg(), parts.jpeg(progressive=True), parts.png(), parts.webp(), parts.HEIC)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(FILES) >= 60
    assert len({file.name for file in FILES}) == len(FILES)


@pytest.mark.parametrize("file", REFUSED, ids=repr)
def test_it_is_refused_with_its_code(file: HostileFile) -> None:
    for opening in (open_photo, make_copies):
        with pytest.raises(PhotoError) as refused:
            opening(file.content)
        assert refused.value.code == file.code


@pytest.mark.parametrize("file", TAKEN, ids=repr)
def test_it_is_opened_upright(file: HostileFile) -> None:
    opened = open_photo(file.content)
    assert (opened.width, opened.height) == file.size
    assert opened.pixels.shape == (opened.height, opened.width, 3)
    assert opened.pixels.dtype == np.uint8


@pytest.mark.parametrize("file", TAKEN, ids=repr)
def test_what_is_kept_of_it_is_a_bare_jpeg(file: HostileFile) -> None:
    copies = make_copies(file.content)
    for data in (copies.picture, copies.thumbnail):
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as kept:
            kept.load()
            assert kept.mode == "RGB"
            assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert not kept.getexif()
    assert open_photo(copies.picture).pixels.shape[:2] == file.size[::-1]


@settings(deadline=None)
@given(whole=st.sampled_from(WHOLE), data=st.data())
def test_no_flipped_byte_raises_anything_but_our_own_error(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    value = data.draw(st.integers(0, 255))
    with suppress(PhotoError):
        opened = open_photo(whole[:at] + bytes([value]) + whole[at + 1 :], working_side=64)
        assert max(opened.pixels.shape) <= 64


def test_bombs_are_refused_without_the_memory_they_ask_for() -> None:
    """Each is refused in a program of its own that may use 120 MB more than it needs to start."""
    program = """
import resource, sys
from detection.vision.errors import PhotoError
from detection.vision.images import make_copies, open_photo
from tests.hostile.files import FILES
from tests.hostile.parts import HEIC, jpeg, png, webp
bombs = [file.content for file in FILES if file.code and any(word in file.name for word in (" x ", "scans", "MB"))]
assert len(bombs) >= 15, len(bombs)
for harmless in (HEIC, jpeg(), png(), webp()):
    make_copies(harmless)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for bomb in bombs:
    try:
        open_photo(bomb)
        sys.exit("a bomb was opened")
    except PhotoError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 120 * 1024  # KiB


def test_the_largest_picture_taken_needs_no_more_memory_than_its_pixels_allow() -> None:
    """64 million pixels of one bit in a few kilobytes: allowed, and bounded."""
    program = """
import resource
from detection.vision.images import open_photo
from tests.hostile.parts import png_of
open_photo(png_of(8000, 8000, 1, 0, bytes(1001 * 8000)), working_side=1280)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 700 * 1024  # KiB; 64 million pixels are 256 MB in Pillow's RGB


def test_limits_are_settings() -> None:
    photo = parts.jpeg()
    for limits, code in (
        (Limits(max_bytes=100), "too_large"),
        (Limits(max_pixels=100), "too_many_pixels"),
        (Limits(max_side=100), "side_too_long"),
        (Limits(min_side=130), "side_too_short"),
    ):
        with pytest.raises(PhotoError) as refused:
            open_photo(photo, limits)
        assert refused.value.code == code

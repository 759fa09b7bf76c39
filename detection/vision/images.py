"""Photos from outside: opened upright in sRGB within limits, or refused with a code and a sentence.

Uses Pillow, pi_heif and numpy only, so that the web process stays small. Safe to use from several threads.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pi_heif import register_heif_opener
from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from detection.vision.colour import as_srgb
from detection.vision.content import Format, Layout, damaged, layout_of, refuse_foreign
from detection.vision.errors import PhotoError
from detection.vision.exif import orientation_of, taken_at_of, upright, upright_size

Source = bytes | Path | BinaryIO
Pixels = NDArray[np.uint8]

# Registered by name here, so that Pillow does not load its forty other plugins to look for them.
PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)

MIB = 1024 * 1024
# A JPEG decoded to a half, quarter or eighth may come out this much smaller than asked for, to save the larger decode.
SMALL_ENOUGH = 0.75
PICTURE_QUALITY = 90
THUMBNAIL_QUALITY = 80


@dataclass(frozen=True)
class Limits:
    """What is taken: bytes of the file, pixels and longest and shortest side of the picture."""

    max_bytes: int = 25 * MIB
    max_pixels: int = 64_000_000
    max_side: int = 12_000
    min_side: int = 32


@dataclass(frozen=True)
class Opened:
    """A photo ready to be looked at. `pixels`: uint8 (height, width, 3), sRGB, upright, perhaps reduced."""

    pixels: Pixels
    width: int  # of the full upright picture
    height: int
    format: Format
    taken_at: datetime | None


@dataclass(frozen=True)
class Copies:
    """What is kept of a photo: upright sRGB JPEGs without any metadata."""

    picture: bytes
    thumbnail: bytes
    width: int
    height: int
    format: Format  # of the file that came in
    taken_at: datetime | None


@dataclass(frozen=True)
class Decoded:
    image: Image.Image
    size: tuple[int, int]
    format: Format
    taken_at: datetime | None


def open_photo(source: Source, limits: Limits | None = None, working_side: int | None = None) -> Opened:
    """The photo as pixels; with `working_side` its longest side is at most that, and a large JPEG is decoded
    reduced, which may leave it up to a quarter smaller. PhotoError when it cannot or must not be opened."""
    decoded = decode(source, limits or Limits(), working_side)
    width, height = decoded.size
    return Opened(np.array(decoded.image), width, height, decoded.format, decoded.taken_at)


def make_copies(source: Source, limits: Limits | None = None, thumbnail_side: int = 320) -> Copies:
    """The copies to keep, from one full decode, which takes about 8 bytes of memory per pixel.

    PhotoError when the photo cannot or must not be opened.
    """
    decoded = decode(source, limits or Limits(), None)
    picture = as_jpeg(decoded.image, PICTURE_QUALITY)
    small = shrunk(decoded.image, thumbnail_side)
    width, height = decoded.size
    return Copies(picture, as_jpeg(small, THUMBNAIL_QUALITY), width, height, decoded.format, decoded.taken_at)


def decode(source: Source, limits: Limits, working_side: int | None) -> Decoded:
    data = read_source(source, limits)
    layout = layout_of(data)
    if layout.size:
        check_size(layout.size, limits)
    refuse_foreign(data, layout)
    try:
        return decode_pixels(data, layout, limits, working_side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels("more pixels than can be held", limits) from error
    except PhotoError:
        raise
    except Exception as error:  # whatever a decoder stumbles over, the file is at fault
        raise damaged() from error


def decode_pixels(data: bytes, layout: Layout, limits: Limits, working_side: int | None) -> Decoded:
    with Image.open(io.BytesIO(data), formats=[layout.format]) as image:
        check_size(image.size, limits)
        orientation, taken_at, stored_size = orientation_of(image), taken_at_of(image), image.size
        if working_side and isinstance(image, JpegImagePlugin.JpegImageFile):
            side = round(working_side * SMALL_ENOUGH)
            image.draft(None, reduced_size(image.size, side))
        image.load()
        small = shrunk(image, working_side) if working_side else image
        ready = upright(as_srgb(small), orientation)
    return Decoded(ready, upright_size(stored_size, orientation), layout.format, taken_at)


def read_source(source: Source, limits: Limits) -> bytes:
    """The bytes, of which no more than allowed are ever read."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, Path):
        with source.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    else:
        source.seek(0)
        data = source.read(limits.max_bytes + 1)
    if not data:
        raise PhotoError("empty", "The file is empty. Send the original file again.")
    if len(data) > limits.max_bytes:
        raise PhotoError(
            "too_large",
            f"The file is larger than {limits.max_bytes / MIB:g} MB, the most that is taken. Send a smaller one.",
        )
    return data


def check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    is_now = f"The picture is {width} x {height} pixels"
    if min(size) < 1:
        raise damaged("its size is zero")
    if width * height > limits.max_pixels:
        raise too_many_pixels(f"{width} x {height} pixels", limits)
    if max(size) > limits.max_side:
        raise PhotoError("side_too_long", f"{is_now}; no side may be longer than {limits.max_side}. Shrink or crop it.")
    if min(size) < limits.min_side:
        raise PhotoError(
            "side_too_short",
            f"{is_now}; each side needs at least {limits.min_side} for a face to show. Send a larger picture.",
        )


def too_many_pixels(found: str, limits: Limits) -> PhotoError:
    most = f"{limits.max_pixels / 1e6:g} million"
    return PhotoError(
        "too_many_pixels", f"The picture has {found}; at most {most} pixels are taken. Send a smaller one."
    )


def reduced_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size asked of Pillow's `draft`, which gives the smallest it can that is not below."""
    longest = max(size)
    return max(size[0] * side // longest, 1), max(size[1] * side // longest, 1)


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longest side at most `side`, averaged; never enlarged."""
    longest = max(image.size)
    if longest <= side:
        return image
    width, height = (max(round(length * side / longest), 1) for length in image.size)
    averaged = image if image.mode in ("RGB", "L", "CMYK") else as_srgb(image)
    return averaged.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling="4:2:0", exif=b"", icc_profile=b"", comment=b"")
    return file.getvalue()

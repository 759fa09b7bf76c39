"""Small pictures and the bytes to break them with: everything is made here, no file is kept."""

import base64
import io
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from PIL import Image

# 96 x 64 pixels, red with a blue quarter, written by libheif's x265; the second one says that it must be turned.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJp"
    "bG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAADwAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA"
    "1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEB"
    "A3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAA"
    "AAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAERtZGF0AAAAOCgBr1j5DpJf//iAfI/Ken/0fI6N"
    "xbtL9/3C9r9OFUBk5CQ1b6UbYO+cCQ9i2X/gV0D8Es3ne+7g"
)
HEIC_TURNED = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9j"
    "AAAAAERAAAIAAQAAAAABxQABAAAAAAAAADwAAgAAAAACAQABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAA"
    "ABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNg"
    "AAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAH"
    "RAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAA"
    "AAAAAAABAAEFgQIDBIUAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAGhtZGF0AAAAOCgBr1j5DpJf//iAfI/Ken/0fI6NxbtL9/3C9r9O"
    "FUBk5CQ1b6UbYO+cCQ9i2X/gV0D8Es3ne+7gAAAABkV4aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA"
)
WIDTH, HEIGHT = 160, 120


def image(mode: str = "RGB", width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Noise: no two parts are alike, so that a decoder misses whatever is cut off."""
    random = np.random.default_rng(7)
    rgb = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(rgb).convert(mode)


def saved(picture: Image.Image, format_name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


def jpeg(**options: Any) -> bytes:
    return saved(image(), "JPEG", **options)


def png(mode: str = "RGB", **options: Any) -> bytes:
    return saved(image(mode), "PNG", **options)


def webp(**options: Any) -> bytes:
    return saved(image(), "WEBP", **options)


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, depth: int, colour: int, rows: bytes | None, *more: bytes) -> bytes:
    """A PNG by hand; `more` are whole chunks between header and pixels, `rows` None leaves the pixels out."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    pixels = b"" if rows is None else chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + pixels + chunk(b"IEND", b"")


def with_png_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """The PNG with a chunk more right behind its header."""
    at = 8 + 25
    return data[:at] + chunk(kind, body) + data[at:]


def with_jpeg_segment(data: bytes, marker: int, body: bytes) -> bytes:
    """The JPEG with a segment more at its start."""
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:]


def with_exif(tiff: bytes) -> bytes:
    return with_jpeg_segment(jpeg(), 0xE1, b"Exif\x00\x00" + tiff)


def with_orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return jpeg(exif=exif)


def with_jpeg_size(data: bytes, width: int, height: int) -> bytes:
    """The JPEG whose header lies about its size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def with_heic_size(width: int, height: int) -> bytes:
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", width, height) + HEIC[at + 8 :]


def webp_header(kind: bytes, body: bytes) -> bytes:
    """A WebP of one chunk."""
    whole = b"WEBP" + kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def with_many_scans(count: int) -> bytes:
    """A progressive JPEG of which one scan is there again and again."""
    data = jpeg(progressive=True)
    start = data.rindex(b"\xff\xda")
    end = data.rindex(b"\xff\xd9")
    return data[:end] + data[start:end] * count + data[end:]


def zipped(name: str = "run.class", body: bytes = b"anything") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, body)
    return file.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    """A box of an MP4 or HEIF file."""
    return struct.pack(">I4s", len(body) + 8, kind) + body


def film() -> bytes:
    """What phones put behind a "motion photo"."""
    random = np.random.default_rng(3).bytes(50_000)
    return box(b"ftyp", b"mp42\x00\x00\x00\x00isommp42") + box(b"mdat", random) + box(b"moov", b"\x00" * 64)

"""What the bytes of a file are, read from their structure and never from a name.

A picture file may carry a second file for other programs (a polyglot): a ZIP archive behind a JPEG, a script in its
comment. What phones append (a second JPEG, a short film, padding) is allowed; archives, programs, documents and
scripts are not.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from detection.vision.errors import PhotoError

Format = Literal["JPEG", "PNG", "WEBP", "HEIF"]

FORMATS_IN_WORDS = "JPEG, PNG, WebP or HEIC"
HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
HEIF_BOXES = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip", b"uuid", b"mpvd"})
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_END = 0xD9
JPEG_SCAN = 0xDA
JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # the start-of-frame markers
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
# A progressive JPEG has about ten scans. Thousands of empty ones in a small file would keep a decoder busy for hours.
MOST_JPEG_SCANS = 200

OTHERS = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
ARCHIVES = re.compile(rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|%PDF-")
MARKUP = re.compile(rb"<\?php|<script|<html|<!doctype|<svg|<iframe", re.IGNORECASE)
AT_THE_START = (b"PK\x03\x04", b"PK\x05\x06", b"\x7fELF", b"MZ", b"#!", b"GIF8", b"\x1f\x8b")
PDF_HEADER_WITHIN = 1024  # where PDF readers look for their header
PADDING = b"\x00\xff\r\n\t "


class Layout(NamedTuple):
    """What a file consists of beside its pixels."""

    format: Format
    size: tuple[int, int] | None  # as stored, where the header tells it plainly
    notes: list[bytes]  # comments and metadata inside the picture
    rest: bytes  # what follows the picture


def layout_of(data: bytes) -> Layout:
    """Reads the structure of the file; PhotoError `unsupported_format` or `damaged` when it is no whole picture."""
    if data.startswith(b"\xff\xd8"):
        reader = read_jpeg
    elif data.startswith(PNG_MAGIC[:4]):
        reader = read_png
    elif data.startswith(b"RIFF") and data[8:12] in (b"WEBP", b""):
        reader = read_webp
    elif data[4:8] == b"ftyp" and is_heif(data):
        reader = read_heif
    else:
        raise unsupported(what_else(data))
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise damaged() from error


def refuse_foreign(data: bytes, layout: Layout) -> None:
    """PhotoError `unsupported_format` when the picture carries a file of another kind."""
    found = foreign_rest(layout.rest) or foreign_note(layout.notes)
    if not found and b"%PDF-" in data[:PDF_HEADER_WITHIN]:
        found = "a PDF document"
    if not found and holds_zip(data):
        found = "a ZIP archive"
    if found:
        raise PhotoError(
            "unsupported_format",
            f"The file is a picture with {found} inside it. Save the picture anew, and send that file.",
        )


def foreign_rest(rest: bytes) -> str:
    start = rest[:4096].lstrip(PADDING)
    if start.startswith(AT_THE_START) or ARCHIVES.search(rest):
        return "another file"
    return "a web page or script" if MARKUP.search(rest) else ""


def foreign_note(notes: list[bytes]) -> str:
    return "a web page or script" if any(MARKUP.search(note) for note in notes) else ""


def holds_zip(data: bytes) -> bool:
    """Whether an unpacker would accept the file; it looks for a directory at the end, whatever stands before."""
    file = io.BytesIO(data)
    if not zipfile.is_zipfile(file):
        return False
    try:
        zipfile.ZipFile(file).close()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return False
    return True


def read_jpeg(data: bytes) -> Layout:
    """Source: ITU-T T.81, annex B. Inside a scan 0xFF is escaped, so that the end marker is the end."""
    position, size = 2, None
    notes: list[bytes] = []
    while True:
        position = start_of_marker(data, position)
        marker = data[position]
        position += 1
        if marker in JPEG_BARE:
            continue
        (length,) = struct.unpack_from(">H", data, position)
        if length < 2:
            raise damaged()
        if marker == JPEG_SCAN:
            return jpeg_layout(data, position + length, size, notes)
        if marker in JPEG_SIZES:
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = (width, height)
        elif marker == 0xFE or marker >= 0xE0:
            notes.append(data[position + 2 : position + length])
        position += length


def start_of_marker(data: bytes, position: int) -> int:
    """The position of a marker's code, behind any number of 0xFF."""
    if data[position] != 0xFF:
        raise damaged()
    while data[position] == 0xFF:
        position += 1
    return position


def jpeg_layout(data: bytes, scan: int, size: tuple[int, int] | None, notes: list[bytes]) -> Layout:
    values = np.frombuffer(data, np.uint8, offset=scan)
    at = np.flatnonzero(values[:-1] == 0xFF)
    codes = values[at + 1]
    ends = at[codes == JPEG_END]
    if not len(ends) or size is None:
        raise damaged()
    if np.count_nonzero(codes[at < ends[0]] == JPEG_SCAN) >= MOST_JPEG_SCANS:
        raise damaged(f"it has more than {MOST_JPEG_SCANS} scans")
    return Layout("JPEG", size, notes, data[scan + int(ends[0]) + 2 :])


def read_png(data: bytes) -> Layout:
    """Source: W3C Portable Network Graphics, third edition, section 5."""
    if not data.startswith(PNG_MAGIC):
        raise damaged()
    position, size = len(PNG_MAGIC), None
    notes: list[bytes] = []
    while True:
        (length,) = struct.unpack_from(">I", data, position)
        kind, body = data[position + 4 : position + 8], position + 8
        position = body + length + 4
        if position > len(data) or is_changed(data, body - 4, position - 4):
            raise damaged()
        if kind == b"IHDR":
            size = struct.unpack_from(">II", data, body)
        elif kind == b"IEND":
            return Layout("PNG", size, notes, data[position:])
        elif kind not in (b"IDAT", b"fdAT"):
            notes.append(data[body : body + length])


def is_changed(data: bytes, start: int, end: int) -> bool:
    """Whether a chunk that matters (a capital letter first) fails its checksum; Pillow does not look at all of them."""
    is_critical = data[start : start + 1].isupper()
    return is_critical and zlib.crc32(memoryview(data)[start:end]) != int.from_bytes(data[end : end + 4], "big")


def read_webp(data: bytes) -> Layout:
    """Source: RFC 9649, section 2."""
    (length,) = struct.unpack_from("<I", data, 4)
    end = 8 + length
    if end > len(data) or length < 12:
        raise damaged()
    notes = [body for kind, body in riff_chunks(data[12:end]) if kind not in (b"VP8 ", b"VP8L", b"ANMF", b"ALPH")]
    return Layout("WEBP", webp_size(data), notes, data[end:])


def riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        kind, (length,) = data[position : position + 4], struct.unpack_from("<I", data, position + 4)
        yield kind, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def webp_size(data: bytes) -> tuple[int, int]:
    if len(data) < 30:
        raise damaged()
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise damaged()
    return width, height


def is_heif(data: bytes) -> bool:
    """Whether the file names an HEVC brand; AVIF, MP4 and others have the same container."""
    length = max(int.from_bytes(data[:4], "big"), 16)
    brands = data[8:12] + data[16 : min(length, 256)]
    return any(brands[at : at + 4] in HEIF_BRANDS for at in range(0, len(brands), 4))


def read_heif(data: bytes) -> Layout:
    """Source: ISO/IEC 14496-12, section 4.2. The size is left to the decoder: it depends on the item shown."""
    position = 0
    notes: list[bytes] = []
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, position + 8)
        if length == 0:
            length = len(data) - position
        if length < 8 or (position + length > len(data) and kind not in HEIF_BOXES):
            break
        if position + length > len(data):
            raise damaged()
        if kind not in (b"mdat", b"mpvd"):
            notes.append(data[position : position + length])
        position += length
    if not any(note[4:8] == b"meta" for note in notes):
        raise damaged()
    return Layout("HEIF", None, notes, data[position:])


def what_else(data: bytes) -> str:
    """What the file is instead of a picture we take, in words."""
    for magic, name in OTHERS:
        if data.startswith(magic):
            return name
    start = data[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if b"<svg" in start:
        return "an SVG drawing"
    if start.startswith((b"<!doctype", b"<html", b"<?php", b"<?xml", b"<script")):
        return "a web page or script"
    if data[4:8] == b"ftyp":
        return "an AVIF picture" if b"avi" in data[8:32] else "a film"
    return "no picture"


def unsupported(what: str) -> PhotoError:
    return PhotoError(
        "unsupported_format",
        f"The file is {what}, whatever its name says. Send a photo as {FORMATS_IN_WORDS}.",
    )


def damaged(why: str = "it ends too early or is broken inside") -> PhotoError:
    return PhotoError("damaged", f"The picture cannot be read: {why}. Send the original file again.")

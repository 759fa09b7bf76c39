"""Files nobody should have to trust, each with what must come of it: one code, or a usable picture.

`FILES` is for every door: vision itself, the upload page, the API, the command line.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from PIL import Image, ImageCms

from tests.hostile import parts
from tests.hostile.parts import HEIC, HEIC_TURNED, chunk, jpeg, png, png_of, with_exif, with_orientation

MIB = 1024 * 1024
UNKNOWN = "unsupported_format"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


class Made(NamedTuple):
    """`code` is the PhotoError's, or None where the picture must be taken; `size` then is what is upright."""

    name: str
    make: Callable[[], bytes]
    code: str | None
    size: tuple[int, int] | None = None


class HostileFile:
    def __init__(self, made: Made) -> None:
        self.name, self.code = made.name, made.code
        self.size = made.size or (parts.WIDTH, parts.HEIGHT)
        self._make = made.make

    @cached_property
    def content(self) -> bytes:
        return self._make()

    def __repr__(self) -> str:
        return self.name


def truncated() -> Iterator[Made]:
    """Every format, cut behind its magic number, in the middle and just before its end."""
    wholes = {
        "plain.jpg": jpeg,
        "progressive.jpg": lambda: jpeg(progressive=True),
        "phone.mpo.jpg": lambda: parts.saved(parts.image(), "MPO", save_all=True, append_images=[parts.image("L")]),
        "plain.png": png,
        "palette.png": lambda: png("P"),
        "lossy.webp": parts.webp,
        "lossless.webp": lambda: parts.webp(lossless=True),
        "photo.heic": lambda: HEIC,
    }
    for name, whole in wholes.items():
        # A phone's second picture or preview may be lost: the first one is what is taken.
        for share in (0.02, 0.25, 0.4) if "mpo" in name else (0.02, 0.25, 0.5, 0.9):
            yield Made(f"cut at {share:.0%} {name}", lambda whole=whole, share=share: cut_at(whole(), share), "damaged")
        if "mpo" not in name:
            yield Made(f"without its last 3 bytes {name}", lambda whole=whole: whole()[:-3], "damaged")


def cut_at(data: bytes, share: float) -> bytes:
    return data[: max(int(len(data) * share), 16)]


def nothing_there() -> Iterator[Made]:
    yield Made("empty.jpg", lambda: b"", "empty")
    yield Made("one byte.jpg", lambda: b"\xff", "unsupported_format")
    yield Made("two bytes.jpg", lambda: b"\xff\xd8", "damaged")
    yield Made("zeros.png", lambda: bytes(5000), "unsupported_format")
    yield Made("noise.webp", lambda: parts.image().tobytes(), "unsupported_format")
    yield Made("only a header.png", lambda: b"\x89PNG\r\n\x1a\n", "damaged")
    yield Made("only a header.heic", lambda: HEIC[:28], "damaged")
    yield Made("sound.webp", lambda: b"RIFF" + struct.pack("<I", 100) + b"WAVE" + bytes(92), UNKNOWN)


def renamed() -> Iterator[Made]:
    """Not a picture we take, whatever the name says."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><script>alert(1)</script></svg>'
    contents: dict[str, Callable[[], bytes]] = {
        "gif.jpg": lambda: parts.saved(parts.image("P"), "GIF"),
        "bmp.png": lambda: parts.saved(parts.image(), "BMP"),
        "tiff.jpg": lambda: parts.saved(parts.image(), "TIFF"),
        "icon.png": lambda: parts.saved(parts.image(width=48, height=48), "ICO"),
        "pixmap.jpg": lambda: parts.saved(parts.image(), "PPM"),
        "postscript.jpg": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "jpeg2000.jpg": lambda: b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(200),
        "drawing.svg": lambda: svg,
        "drawing.png": lambda: b'<?xml version="1.0"?>\n<!-- hello -->\n' + svg,
        "document.pdf": lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
        "document.jpg": lambda: b"%PDF-1.7\n" + jpeg(),
        "page.jpg": lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>",
        "page with spaces.png": lambda: b"\n\n  \xef\xbb\xbf<html><img src=x onerror=alert(1)></html>",
        "script.jpg": lambda: b"<?php system($_GET['c']); ?>",
        "shell.png": lambda: b"#!/bin/sh\nrm -rf /\n",
        "text.heic": lambda: b"just some words, nothing to look at\n" * 20,
        "archive.jpg": parts.zipped,
        "tarball.png": lambda: b"\x1f\x8b\x08\x00" + bytes(300),
        "program.jpg": lambda: b"MZ\x90\x00" + bytes(300),
        "program.png": lambda: b"\x7fELF\x02\x01\x01" + bytes(300),
        "avif.heic": lambda: parts.saved(parts.image(), "AVIF"),
        "film.heic": parts.film,
        "json.jpg": lambda: b'{"image": "data:image/png;base64,AAAA"}',
    }
    for name, make in contents.items():
        yield Made(name, make, UNKNOWN)


def polyglots() -> Iterator[Made]:
    """A picture for one program, something else for another."""
    page = b"<html><script>alert(document.cookie)</script></html>"
    contents: dict[str, Callable[[], bytes]] = {
        "jpeg and zip.jpg": lambda: jpeg() + parts.zipped(),
        "jpeg, padding and zip.jpg": lambda: jpeg() + bytes(999) + parts.zipped(),
        "zip in a comment.jpg": lambda: parts.with_jpeg_segment(jpeg(), 0xFE, parts.zipped()),
        "png and zip.png": lambda: png() + parts.zipped(),
        "webp and zip.webp": lambda: parts.webp() + parts.zipped(),
        "heic and zip.heic": lambda: HEIC + parts.zipped(),
        "gif and zip.gif": lambda: parts.saved(parts.image("P"), "GIF") + parts.zipped(),
        "jpeg and rar.jpg": lambda: jpeg() + b"Rar!\x1a\x07\x00" + bytes(99),
        "jpeg and 7z.jpg": lambda: jpeg() + b"7z\xbc\xaf\x27\x1c" + bytes(99),
        "jpeg and page.jpg": lambda: jpeg() + page,
        "png and page.png": lambda: png() + page,
        "webp and page.webp": lambda: parts.webp() + page,
        "heic and page.heic": lambda: HEIC + page,
        "page in a heic box.heic": lambda: HEIC + parts.box(b"free", page),
        "jpeg and pdf.jpg": lambda: jpeg() + b"%PDF-1.7\n%%EOF",
        "pdf in a comment.jpg": lambda: parts.with_jpeg_segment(jpeg(), 0xFE, b"%PDF-1.7\n1 0 obj"),
        "jpeg and program.jpg": lambda: jpeg() + b"\x7fELF" + bytes(99),
        "jpeg and windows program.jpg": lambda: jpeg() + b"MZ\x90\x00" + bytes(99),
        "jpeg and shell.jpg": lambda: jpeg() + b"\n#!/bin/sh\n",
        "php in a comment.jpg": lambda: jpeg(comment=b"<?php system($_GET['c']); ?>"),
        "php in exif.jpg": lambda: with_exif(b"II*\x00\x08\x00\x00\x00\x00\x00<?php phpinfo(); ?>"),
        "php in text.png": lambda: parts.with_png_chunk(png(), b"tEXt", b"Comment\x00<?php phpinfo(); ?>"),
        "script in xmp.webp": lambda: parts.webp(xmp=b"<x:xmpmeta><ScRiPt>alert(1)</ScRiPt></x:xmpmeta>"),
        "svg behind.png": lambda: png() + b"<svg onload=alert(1)>",
    }
    for name, make in contents.items():
        yield Made(name, make, UNKNOWN)


def bombs() -> Iterator[Made]:
    """Small files that would fill the memory, or keep a decoder busy for hours."""
    huge_vp8l = b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + bytes(20)
    huge_vp8x = bytes(4) + (2**24 - 1).to_bytes(3, "little") * 2
    yield Made("50,000 x 50,000.png", lambda: png_of(50_000, 50_000, 8, 2, b""), "too_many_pixels")
    yield Made("2,000,000,000 x 1.png", lambda: png_of(2_000_000_000, 1, 1, 0, b""), "too_many_pixels")
    yield Made("8,001 x 8,000 zeros.png", lambda: png_of(8001, 8000, 1, 0, bytes(1001 * 8000)), "too_many_pixels")
    yield Made("65,500 x 65,500.jpg", lambda: parts.with_jpeg_size(jpeg(), 65_500, 65_500), "too_many_pixels")
    yield Made("16,384 x 16,384 lossless.webp", lambda: parts.webp_header(b"VP8L", huge_vp8l), "too_many_pixels")
    yield Made("16,777,216 wide.webp", lambda: parts.webp_header(b"VP8X", huge_vp8x), "too_many_pixels")
    yield Made("30,000 x 30,000.heic", lambda: parts.with_heic_size(30_000, 30_000), "too_many_pixels")
    yield Made("9,000 x 9,000.heic", lambda: parts.with_heic_size(9000, 9000), "too_many_pixels")
    yield Made("20,000 x 100.png", lambda: png_of(20_000, 100, 8, 0, bytes(20_001 * 100)), "side_too_long")
    yield Made("100 x 20,000.jpg", lambda: parts.with_jpeg_size(jpeg(), 100, 20_000), "side_too_long")
    yield Made("20,000 x 100.heic", lambda: parts.with_heic_size(20_000, 100), "side_too_long")
    yield Made("5,000 scans.jpg", lambda: parts.with_many_scans(5000), "damaged")
    yield Made("text that unpacks to 200 MB.png", lambda: packed_text(b"zTXt", b"Comment\x00\x00"), "damaged")
    yield Made("profile that unpacks to 200 MB.png", lambda: packed_text(b"iCCP", b"icc\x00\x00"), "damaged")
    yield Made("200 texts of 1 MB.png", lambda: many_texts(200), "damaged")
    yield Made("26 MB.jpg", lambda: jpeg() + bytes(26 * MIB), "too_large")
    yield Made("1 x 1.png", lambda: png_of(1, 1, 8, 0, b"\x00\x00"), "side_too_short")
    yield Made("31 x 400.png", lambda: parts.saved(parts.image(width=31, height=400), "PNG"), "side_too_short")
    yield Made("0 x 0.png", lambda: png_of(0, 0, 8, 0, b""), "damaged")
    yield Made("0 x 0.jpg", lambda: parts.with_jpeg_size(jpeg(), 0, 0), "damaged")


def packed_text(kind: bytes, start: bytes) -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(200)) + packer.flush()
    return parts.with_png_chunk(png(), kind, start + packed)


def many_texts(count: int) -> bytes:
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(MIB - 1), 9))
    data = png()
    return data[:33] + text * count + data[33:]


def lying() -> Iterator[Made]:
    """Broken inside, in ways that are not a missing end."""
    yield Made("wrong checksum.png", lambda: flipped(png(), png().index(b"IDAT") + 40), "damaged")
    yield Made("no pixels.png", lambda: png_of(64, 64, 8, 2, None), "damaged")
    yield Made("too few pixels.png", lambda: png_of(64, 64, 8, 2, bytes(64)), "damaged")
    yield Made("depth 7.png", lambda: png_of(64, 64, 7, 2, bytes(65 * 64)), "damaged")
    yield Made("chunk longer than file.png", lambda: png()[:33] + b"\x7f\xff\xff\xffIDAT" + bytes(99), "damaged")
    yield Made("no frame header.jpg", lambda: jpeg().replace(b"\xff\xc0", b"\xff\xe5", 1), "damaged")
    yield Made("segment of length 0.jpg", lambda: b"\xff\xd8\xff\xe0\x00\x00" + jpeg()[2:], "damaged")
    yield Made("twelve bits.jpg", lambda: with_precision(jpeg(), 12), "damaged")
    yield Made("empty chunk.webp", lambda: parts.webp_header(b"VP8X", b""), "damaged")
    yield Made("unknown chunk.webp", lambda: parts.webp_header(b"ABCD", bytes(64)), "damaged")
    yield Made("lossy without frame.webp", lambda: parts.webp_header(b"VP8 ", bytes(64)), "damaged")
    yield Made("no item.heic", lambda: HEIC.replace(b"pitm", b"xxxx"), "damaged")
    yield Made("no decoder settings.heic", lambda: HEIC.replace(b"hvcC", b"xxxx"), "damaged")
    yield Made("no pixels.heic", lambda: HEIC[: HEIC.index(b"mdat") - 4], "damaged")
    yield Made("meta emptied.heic", lambda: HEIC[:28] + parts.box(b"meta", bytes(40)), "damaged")


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def with_precision(data: bytes, bits: int) -> bytes:
    at = data.index(b"\xff\xc0") + 4
    return data[:at] + bytes([bits]) + data[at + 1 :]


def exif_tricks() -> Iterator[Made]:
    """Whatever the EXIF block says, the picture is taken."""
    for value in range(1, 9):
        size = (parts.HEIGHT, parts.WIDTH) if value > 4 else None
        yield Made(f"orientation {value}.jpg", lambda value=value: with_orientation(value), None, size)
    for value in (0, 9, 65_535):
        yield Made(f"orientation {value}.jpg", lambda value=value: with_orientation(value), None)
    blocks = {
        "orientation as text": ifd((0x0112, 2, 4, b"six\x00")),
        "six orientations": ifd((0x0112, 3, 6, struct.pack("<I", 8))),
        "four billion values": ifd((0x0112, 3, 0xFFFFFFFF, bytes(4))),
        "unknown type": ifd((0x0112, 99, 1, bytes(4))),
        "directory that is its own next": ifd(after=8),
        "exif directory that is the first": ifd((0x8769, 4, 1, struct.pack("<I", 8))),
        "directory outside the block": b"II*\x00\xff\xff\xff\x7f",
        "block cut short": ifd((0x0112, 3, 1, b"\x06\x00\x00\x00"))[:15],
        "only a byte order": b"MM",
        "no tiff at all": b"\x00\x01\x02\x03" * 30,
        "65,535 entries": b"II*\x00\x08\x00\x00\x00\xff\xff" + bytes(200),
        "time that is none": ifd((0x8769, 4, 1, struct.pack("<I", 26)), tail=ifd_body((0x9003, 2, 4, b"now\x00"))),
    }
    for name, block in blocks.items():
        yield Made(f"{name}.jpg", lambda block=block: with_exif(block), None)
    yield Made("exif.png", lambda: parts.with_png_chunk(png(), b"eXIf", b"\x00" * 50), None)
    yield Made("turned.heic", lambda: HEIC_TURNED, None, (64, 96))


def ifd_body(*entries: tuple[int, int, int, bytes], after: int = 0) -> bytes:
    rows = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return struct.pack("<H", len(entries)) + rows + struct.pack("<I", after)


def ifd(*entries: tuple[int, int, int, bytes], after: int = 0, tail: bytes = b"") -> bytes:
    """A TIFF block, little endian, with one directory at byte 8."""
    return b"II*\x00\x08\x00\x00\x00" + ifd_body(*entries, after=after) + tail


def unusual() -> Iterator[Made]:
    """Odd, but pictures all the same."""
    rgb16 = b"".join(b"\x00" + bytes(range(192)) * 2 for _ in range(64))
    clear = parts.image("P")
    contents: dict[str, Callable[[], bytes]] = {
        "plain.heic": lambda: HEIC,
        "grey of 16 bits.png": lambda: parts.saved(parts.image("L").convert("I;16"), "PNG"),
        "colours of 16 bits.png": lambda: png_of(64, 64, 16, 2, rgb16),
        "black and white.png": lambda: png("1"),
        "palette.png": lambda: png("P"),
        "palette with one clear colour.png": lambda: parts.saved(clear, "PNG", transparency=3),
        "palette with shades of clear.png": lambda: parts.saved(clear, "PNG", transparency=bytes(range(256))),
        "grey with alpha.png": lambda: png("LA"),
        "colours with alpha.png": lambda: png("RGBA"),
        "clear colour.png": lambda: parts.saved(parts.image(), "PNG", transparency=(1, 2, 3)),
        "alpha.webp": lambda: parts.saved(parts.image("RGBA"), "WEBP"),
        "grey.jpg": lambda: parts.saved(parts.image("L"), "JPEG"),
        "cmyk.jpg": lambda: parts.saved(parts.image("CMYK"), "JPEG"),
        "progressive.jpg": lambda: jpeg(progressive=True),
        "profile of nonsense.jpg": lambda: jpeg(icc_profile=b"not a profile" * 20),
        "profile cut short.jpg": lambda: jpeg(icc_profile=PROFILE[:200]),
        "profile of another space.jpg": lambda: jpeg(icc_profile=LAB_PROFILE),
        "colour profile on grey.png": lambda: parts.saved(parts.image("L"), "PNG", icc_profile=PROFILE),
        "grey profile missing on cmyk.jpg": lambda: parts.saved(parts.image("CMYK"), "JPEG", icc_profile=PROFILE),
        "animated.png": lambda: animated("PNG"),
        "animated.webp": lambda: animated("WEBP"),
        "two pictures.mpo.jpg": lambda: animated("MPO"),
        "motion photo.jpg": lambda: jpeg() + parts.film(),
        "motion photo.heic": lambda: HEIC + parts.box(b"mpvd", parts.film()),
        "second jpeg behind.jpg": lambda: jpeg() + jpeg(),
        "samsung trailer.jpg": lambda: jpeg() + b"\x00\x00\x01\x0aImage_UTC_Data1608" + bytes(40) + b"SEFT",
        "zeros behind.jpg": lambda: jpeg() + bytes(100_000),
        "line end behind.png": lambda: png() + b"\r\n",
        "0xff before a marker.jpg": lambda: jpeg()[:2] + b"\xff" * 40 + jpeg()[2:],
        "long comment.jpg": lambda: jpeg(comment=b"a" * 65_000),
        "500 comments.jpg": lambda: many_comments(500),
        "half a megabyte of text.png": lambda: parts.with_png_chunk(png(), b"tEXt", b"Comment\x00" + b"a" * 500_000),
        "png.jpg": png,
        "jpeg.heic": jpeg,
        "webp.png": parts.webp,
        "more rows than pixels.jpg": lambda: parts.with_jpeg_size(jpeg(), parts.WIDTH, 4000),
        "tables left out.jpg": lambda: jpeg().replace(b"\xff\xc4", b"\xff\xe6"),
        "palette missing.png": lambda: png_of(64, 64, 8, 3, bytes(65 * 64)),
        "12,000 x 32.png": lambda: parts.saved(Image.new("L", (12_000, 32)), "PNG"),
    }
    sizes = {"plain.heic": (96, 64), "motion photo.heic": (96, 64), "colours of 16 bits.png": (64, 64)}
    sizes |= {"12,000 x 32.png": (12_000, 32), "palette missing.png": (64, 64)}
    sizes["more rows than pixels.jpg"] = (parts.WIDTH, 4000)
    for name, make in contents.items():
        yield Made(name, make, None, sizes.get(name))


def animated(format_name: str) -> bytes:
    return parts.saved(parts.image(), format_name, save_all=True, append_images=[parts.image("L").convert("RGB")])


def many_comments(count: int) -> bytes:
    file = io.BytesIO(jpeg())
    data = file.getvalue()
    return data[:2] + (b"\xff\xfe\x00\x12" + b"just a comment!!") * count + data[2:]


def odd_names() -> Iterator[Made]:
    """The same harmless picture under names that are none of our business."""
    names = (
        "../../../etc/passwd.jpg",
        "..\\..\\windows\\system.ini.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "'; DROP TABLE detection_photo; --.jpg",
        "\u202egpj.exe",
        "\u00e4\u00f6\u00fc \u0444\u043e\u0442\u043e \u5199\u771f \U0001f637.jpg",
        "a" * 250 + ".jpg",
        "photo.jpg.php",
        ".jpg",
        "CON.jpg",
        "photo",
        "line\nbreak.jpg",
        "%2e%2e%2f%00.jpg",
    )
    for name in names:
        yield Made(name, jpeg, None)


GROUPS = (truncated, nothing_there, renamed, polyglots, bombs, lying, exif_tricks, unusual, odd_names)
FILES = tuple(HostileFile(made) for group in GROUPS for made in group())
REFUSED = tuple(file for file in FILES if file.code)
TAKEN = tuple(file for file in FILES if not file.code)

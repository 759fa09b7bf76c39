"""Opening photos: upright, sRGB, within limits; and the copies that are kept."""

import io
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from detection.vision import images
from detection.vision.errors import PhotoError
from detection.vision.images import Limits, make_copies, open_photo
from tests.hostile import parts

RED, BLUE, WHITE = (220, 20, 20), (20, 20, 220), (255, 255, 255)


def corner_picture(width: int = 160, height: int = 96) -> Image.Image:
    """Red, with a blue left upper quarter: it shows how it lies."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (0, 0, width // 2, height // 2))
    return picture


def turned(orientation: int) -> bytes:
    """The corner picture as a camera stores it that was held so."""
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    picture = corner_picture() if back is None else corner_picture().transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return parts.saved(picture, "JPEG", exif=exif, quality=95)


def near(pixel: NDArray[np.uint8], colour: tuple[int, int, int], by: int = 12) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() <= by)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("working_side", [None, 80])
def test_a_photo_stands_upright_however_the_camera_was_held(orientation: int, working_side: int | None) -> None:
    opened = open_photo(turned(orientation), working_side=working_side)
    assert (opened.width, opened.height) == (160, 96)
    height, width = opened.pixels.shape[:2]
    assert width / height == pytest.approx(160 / 96, rel=0.05)
    assert near(opened.pixels[height // 4, width // 4], BLUE)
    for y, x in ((1, 3), (3, 1), (3, 3)):
        assert near(opened.pixels[y * height // 4, x * width // 4], RED)


@pytest.mark.parametrize("content", [parts.HEIC, parts.HEIC_TURNED], ids=["as stored", "turned"])
def test_a_heic_photo_stands_upright(content: bytes) -> None:
    opened = open_photo(content)
    is_turned = content is parts.HEIC_TURNED
    assert opened.format == "HEIF"
    assert (opened.width, opened.height) == ((64, 96) if is_turned else (96, 64))
    blue_corner = opened.pixels[8, -8] if is_turned else opened.pixels[8, 8]
    assert near(blue_corner, (30, 30, 200), by=20)


@pytest.mark.parametrize(("format_name", "told"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP"), ("MPO", "JPEG")])
def test_the_format_is_told_by_the_content(format_name: str, told: str) -> None:
    assert open_photo(parts.saved(parts.image(), format_name)).format == told


def test_any_source_will_do(tmp_path: Path) -> None:
    data = parts.jpeg()
    (tmp_path / "photo.txt").write_bytes(data)
    file = io.BytesIO(data)
    file.seek(100)
    expected = open_photo(data).pixels
    for source in (tmp_path / "photo.txt", file):
        assert np.array_equal(open_photo(source).pixels, expected)


def test_a_missing_file_is_no_photo_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_photo(tmp_path / "nothing.jpg")


def test_no_more_is_read_of_a_file_than_is_allowed() -> None:
    class Endless(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            self.asked = size
            return bytes(size)

    source = Endless()
    with pytest.raises(PhotoError) as refused:
        open_photo(source, Limits(max_bytes=1000))
    assert refused.value.code == "too_large"
    assert source.asked == 1001


class TestReduced:
    """Large photos are decoded no larger than they are looked at."""

    @pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (2600, 700), (1281, 1280)])
    def test_the_longest_side_comes_out_at_the_working_side_or_up_to_a_quarter_below(
        self, size: tuple[int, int]
    ) -> None:
        data = parts.saved(Image.new("RGB", size, RED), "JPEG")
        opened = open_photo(data, working_side=1280)
        assert (opened.width, opened.height) == size
        assert 960 <= max(opened.pixels.shape) <= 1280
        assert opened.pixels.shape[1] / opened.pixels.shape[0] == pytest.approx(size[0] / size[1], rel=0.01)

    @pytest.mark.parametrize("format_name", ["PNG", "WEBP"])
    def test_other_formats_come_out_at_the_working_side(self, format_name: str) -> None:
        data = parts.saved(Image.new("RGB", (2000, 1000), RED), format_name)
        assert open_photo(data, working_side=640).pixels.shape == (320, 640, 3)

    def test_a_small_photo_is_never_enlarged(self) -> None:
        assert open_photo(parts.jpeg(), working_side=1280).pixels.shape == (parts.HEIGHT, parts.WIDTH, 3)

    def test_a_large_jpeg_is_not_decoded_in_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = parts.saved(Image.new("RGB", (4000, 3000)), "JPEG")
        decoded: list[tuple[int, int]] = []
        load = Image.Image.load
        monkeypatch.setattr(Image.Image, "load", lambda self: (decoded.append(self.size), load(self))[1])
        open_photo(data, working_side=1280)
        assert decoded
        assert max(max(size) for size in decoded) <= 1280


class TestColours:
    @pytest.mark.parametrize("mode", ["L", "1"])
    def test_grey_becomes_rgb(self, mode: str) -> None:
        pixels = open_photo(parts.saved(Image.new(mode, (64, 64), 1 if mode == "1" else 180), "PNG")).pixels
        assert near(pixels[0, 0], WHITE if mode == "1" else (180, 180, 180), by=0)

    def test_sixteen_bits_are_cut_to_eight(self) -> None:
        grey = Image.fromarray(np.full((64, 64), 0x8040, np.uint16))
        assert near(open_photo(parts.saved(grey, "PNG")).pixels[0, 0], (0x80, 0x80, 0x80), by=0)

    @pytest.mark.parametrize("format_name", ["PNG", "WEBP"])
    def test_what_is_clear_is_shown_on_white(self, format_name: str) -> None:
        picture = Image.new("RGBA", (64, 64), (*RED, 0))
        picture.paste((*RED, 255), (32, 0, 64, 64))
        pixels = open_photo(parts.saved(picture, format_name, lossless=True)).pixels
        assert near(pixels[32, 8], WHITE)
        assert near(pixels[32, 56], RED)

    def test_a_palette_may_have_a_clear_colour(self) -> None:
        picture = Image.new("P", (64, 64), 0)
        picture.putpalette([*BLUE, *RED])
        picture.paste(1, (32, 0, 64, 64))
        pixels = open_photo(parts.saved(picture, "PNG", transparency=0)).pixels
        assert near(pixels[32, 8], WHITE, by=0)
        assert near(pixels[32, 56], RED, by=0)

    def test_cmyk_keeps_its_colours(self) -> None:
        cmyk = Image.new("RGB", (64, 64), RED).convert("CMYK")
        assert near(open_photo(parts.saved(cmyk, "JPEG", quality=95)).pixels[32, 32], RED, by=30)

    def test_a_colour_profile_is_applied(self) -> None:
        """The same numbers mean a stronger red in a wider colour space."""
        plain = Image.new("RGB", (64, 64), (200, 60, 60))
        wide = open_photo(parts.saved(plain, "PNG", icc_profile=wide_gamut_profile())).pixels[0, 0]
        assert int(wide[0]) > 205
        assert int(wide[1]) < 55

    @pytest.mark.parametrize("working_side", [None, 40])
    def test_a_profile_is_applied_once(self, working_side: int | None) -> None:
        data = parts.saved(Image.new("RGB", (64, 64), (200, 60, 60)), "PNG", icc_profile=wide_gamut_profile())
        assert near(open_photo(data, working_side=working_side).pixels[0, 0], open_photo(data).pixels[0, 0], by=1)

    @pytest.mark.parametrize("profile", [b"nonsense" * 30, parts.jpeg()], ids=["nonsense", "a picture"])
    def test_a_wrong_profile_is_left_aside(self, profile: bytes) -> None:
        data = parts.saved(Image.new("RGB", (64, 64), RED), "PNG", icc_profile=profile)
        assert near(open_photo(data).pixels[0, 0], RED, by=0)


def wide_gamut_profile() -> bytes:
    """sRGB's profile with red and green primaries moved outwards, as Display P3 has them."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    display_p3 = {
        b"rXYZ": (0.5151, 0.2412, -0.0011),
        b"gXYZ": (0.2920, 0.6922, 0.0419),
        b"bXYZ": (0.1571, 0.0666, 0.7841),
    }
    for tag, values in display_p3.items():
        at = profile.index(tag, 128)
        offset = int.from_bytes(profile[at + 4 : at + 8], "big") + 8
        for number, value in enumerate(values):
            profile[offset + 4 * number : offset + 4 * number + 4] = round(value * 65536).to_bytes(
                4, "big", signed=True
            )
    at = profile.find(b"s\0R\0G\0B")
    while at >= 0:  # its name as well, or it is taken for sRGB
        profile[at : at + 7] = b"w\0i\0d\0e"
        at = profile.find(b"s\0R\0G\0B")
    return bytes(profile)


class TestTakenAt:
    @staticmethod
    def taken(value: Any) -> datetime | None:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = value
        return open_photo(parts.jpeg(exif=exif)).taken_at

    def test_the_cameras_clock_is_read(self) -> None:
        assert self.taken("2026:11:23 07:45:12") == datetime(2026, 11, 23, 7, 45, 12)  # noqa: DTZ001 - it has no zone

    @pytest.mark.parametrize(
        "value", ["0000:00:00 00:00:00", "yesterday", "", "    :  :     :  :  ", "2026:13:40 99:00:00"]
    )
    def test_nonsense_is_no_time(self, value: str) -> None:
        assert self.taken(value) is None

    def test_a_photo_need_not_say(self) -> None:
        assert open_photo(parts.jpeg()).taken_at is None


class TestCopies:
    """What is kept of a photo: upright, sRGB, and nothing of what the camera wrote down."""

    def test_the_picture_is_kept_in_full_and_upright(self) -> None:
        copies = make_copies(turned(6))
        assert (copies.width, copies.height, copies.format) == (160, 96, "JPEG")
        pixels = open_photo(copies.picture).pixels
        assert pixels.shape == (96, 160, 3)
        assert near(pixels[24, 40], BLUE, by=20)

    def test_place_and_camera_are_forgotten(self) -> None:
        exif = Image.Exif()
        exif[0x010F] = "A camera maker"
        exif.get_ifd(0x8825)[2] = (48.0, 8.0, 12.0)
        data = parts.jpeg(exif=exif, comment=b"a secret comment", xmp=b"<x:xmpmeta>a secret</x:xmpmeta>")
        assert b"camera maker" in data
        copies = make_copies(data)
        for kept in (copies.picture, copies.thumbnail):
            assert not any(word in kept for word in (b"camera maker", b"secret", b"Exif", b"ICC_PROFILE", b"xmpmeta"))

    @pytest.mark.parametrize("format_name", ["PNG", "WEBP"])
    def test_other_formats_become_jpeg(self, format_name: str) -> None:
        copies = make_copies(
            parts.saved(corner_picture(), format_name, exif=Image.Exif(), icc_profile=wide_gamut_profile())
        )
        assert copies.format == format_name
        assert copies.picture.startswith(b"\xff\xd8")
        assert b"ICC_PROFILE" not in copies.picture

    @pytest.mark.parametrize(
        ("size", "expected"), [((1000, 500), (320, 160)), ((500, 1000), (160, 320)), ((100, 80), (100, 80))]
    )
    def test_the_thumbnail_fits_and_is_never_enlarged(self, size: tuple[int, int], expected: tuple[int, int]) -> None:
        thumbnail = make_copies(parts.saved(Image.new("RGB", size), "PNG")).thumbnail
        with Image.open(io.BytesIO(thumbnail), formats=["JPEG"]) as small:
            assert small.size == expected

    def test_the_time_is_kept_beside(self) -> None:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2026:11:23 07:45:12"
        assert make_copies(parts.jpeg(exif=exif)).taken_at == datetime(2026, 11, 23, 7, 45, 12)  # noqa: DTZ001

    def test_a_photo_is_decoded_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[object] = []
        real = images.decode_pixels
        monkeypatch.setattr(images, "decode_pixels", lambda *given: (opened.append(given), real(*given))[1])
        make_copies(parts.jpeg())
        assert len(opened) == 1


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(max_bytes=2 * 1024 * 1024 // 1024), "0.00195312 MB"),
        (Limits(max_pixels=10_000), "0.01 million"),
        (Limits(max_side=150), "150"),
        (Limits(min_side=121), "121"),
    ],
)
def test_a_refusal_names_the_limit_and_what_to_do(limits: Limits, words: str) -> None:
    with pytest.raises(PhotoError) as refused:
        open_photo(parts.jpeg(), limits)
    assert words in refused.value.detail
    assert any(verb in refused.value.detail for verb in ("Send ", "Shrink "))


def test_threads_do_not_disturb_one_another() -> None:
    sources = [parts.jpeg(), parts.png("P"), parts.webp(), parts.HEIC_TURNED, turned(6), b"", b"GIF89a"]
    expected = [outcome(source) for source in sources]
    wrong: list[int] = []

    def work(number: int) -> None:
        wrong.extend(number for _ in range(5) if outcome(sources[number]) != expected[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(sources))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def outcome(source: bytes) -> tuple[str, int]:
    try:
        opened = open_photo(source, working_side=80)
    except PhotoError as error:
        return error.code, 0
    return opened.format, int(opened.pixels.astype(np.int64).sum())

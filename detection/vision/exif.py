"""The two things wanted from a photo's EXIF data: which way is up, and when it was taken."""

from datetime import datetime

from PIL import ExifTags, Image

Transpose = Image.Transpose
# Source: CIPA DC-008 (EXIF 2.32), tag 0x0112: how the stored picture must be turned to stand upright.
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = frozenset({5, 6, 7, 8})


def orientation_of(image: Image.Image) -> int:
    """1 to 8; 1 (as stored) when the photo says nothing, or nothing sensible."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - broken EXIF fails in countless ways and never makes a photo unusable
        return 1
    return value if value in TURNS else 1


def taken_at_of(image: Image.Image) -> datetime | None:
    """The camera's own clock when the photo was taken, without a time zone; None when it does not say."""
    try:
        value = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        return datetime.strptime(str(value).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - it has none
    except Exception:  # noqa: BLE001 - as above
        return None


def upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    width, height = size
    return (height, width) if orientation in SIDEWAYS else (width, height)

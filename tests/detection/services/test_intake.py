"""The one door in, with what every door relies on."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connection, connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from detection.models import Entrance, Photo
from detection.services import intake
from detection.services.intake import TakenIn, camera_time, clean_name, take_in
from detection.vision.errors import PhotoError
from tests.factories import EntranceFactory, UserFactory, picture
from tests.requirements import needs

pytestmark = pytest.mark.django_db
ORIENTATION, CAMERA, TAKEN_AT, GPS = 0x0112, 0x010F, 0x9003, 0x8825


def take(content: bytes, **how: Any) -> TakenIn:
    return take_in(BytesIO(content), **{"source": Photo.Source.PAGE, **how})


def phone_photo(
    width: int = 64, height: int = 48, orientation: int = 6, taken_at: str = "2026:03:02 07:45:00"
) -> bytes:
    """What a phone sends: lying on its side, red on top when upright, with its place and maker in the file."""
    image = Image.new("RGB", (width, height), (0, 0, 200))
    image.paste((200, 0, 0), (0, 0, width // 4, height))
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = orientation, "SecretPhone"
    exif.get_ifd(0x8769)[TAKEN_AT] = taken_at
    exif.get_ifd(GPS)[1], exif.get_ifd(GPS)[2] = "N", (48.0, 51.0, 24.0)
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"SecretComment")
    return buffer.getvalue()


def stored(file: Any) -> bytes:
    with file.open("rb") as opened:
        return opened.read()


def stored_files() -> int:
    return sum(
        len(default_storage.listdir(f"{top}/{folder}")[1])
        for top in ("photos", "thumbnails")
        if default_storage.exists(top)
        for folder in default_storage.listdir(top)[0]
    )


# --- what is kept ----------------------------------------------------------------------------------------------
def test_a_photo_waits_with_everything_that_is_known_of_it() -> None:
    person, content = UserFactory(), picture(640, 480)

    taken = take(content, name="gate.jpg", uploaded_by=person)

    photo = Photo.objects.get()
    assert taken.is_new
    assert taken.photo == photo
    assert (photo.status, photo.source, photo.original_name) == ("waiting", "page", "gate.jpg")
    assert (photo.width, photo.height, photo.format) == (640, 480, "JPEG")
    assert photo.sha256 == hashlib.sha256(content).hexdigest()
    assert (photo.uploaded_by, photo.entrance.slug) == (person, "main")
    assert photo.school == photo.entrance.school


def test_the_stored_picture_is_upright_and_keeps_its_size() -> None:
    photo = take(phone_photo()).photo

    image = Image.open(BytesIO(stored(photo.image)))
    assert image.size == (photo.width, photo.height) == (48, 64)
    assert image.getpixel((24, 4))[0] > 150, "red is on top"


def test_place_maker_time_and_comment_are_gone_from_the_stored_files() -> None:
    content = phone_photo()
    assert b"SecretPhone" in content
    assert b"SecretComment" in content

    photo = take(content).photo

    for file in (photo.image, photo.thumbnail):
        kept = stored(file)
        image = Image.open(BytesIO(kept))
        assert not dict(image.getexif())
        assert "exif" not in image.info
        assert "comment" not in image.info
        assert b"Secret" not in kept
        assert b"2026:03:02" not in kept


def test_the_thumbnail_is_small_and_a_picture_is_never_enlarged(settings: Any) -> None:
    large, small = take(picture(1600, 1200)).photo, take(picture(100, 80)).photo

    assert Image.open(BytesIO(stored(large.thumbnail))).size == (settings.THUMBNAIL_SIDE, 240)
    assert Image.open(BytesIO(stored(small.thumbnail))).size == (100, 80)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_are_kept_as_jpeg(kind: str) -> None:
    photo = take(picture(format=kind)).photo

    assert photo.format == kind
    assert Image.open(BytesIO(stored(photo.image))).format == "JPEG"


# --- the same photo again --------------------------------------------------------------------------------------
def test_the_same_bytes_again_answer_with_the_first_photo() -> None:
    first = take(picture(), name="first.jpg")

    again = take(picture(), name="again.jpg", source=Photo.Source.API)

    assert not again.is_new
    assert again.photo == first.photo
    assert Photo.objects.get().original_name == "first.jpg"


def test_another_school_may_have_the_same_photo() -> None:
    assert take(picture()).is_new
    assert take(picture(), entrance=EntranceFactory()).is_new
    assert Photo.objects.count() == 2


def test_another_entrance_of_the_school_gets_the_first_one() -> None:
    first = take(picture())
    other = EntranceFactory(school=first.photo.school)

    assert take(picture(), entrance=other).photo == first.photo


def test_of_two_that_arrive_at_the_same_moment_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes while the first is being decoded: both found no such photo before."""
    make_copies, inner = intake.make_copies, []

    def while_the_other_is_taken(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(intake, "make_copies", make_copies)
        inner.append(take(picture()))
        return make_copies(*args, **kwargs)

    monkeypatch.setattr(intake, "make_copies", while_the_other_is_taken)
    files = stored_files()
    outer = take(picture())

    assert [inner[0].is_new, outer.is_new] == [True, False]
    assert outer.photo == inner[0].photo
    assert Photo.objects.count() == 1
    assert stored_files() == files + 2, "the files of the second are removed"


@needs("postgres")
@pytest.mark.django_db(transaction=True)
def test_threads_that_send_the_same_photo_get_the_same_answer() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory is one connection's; DATABASE_URL names PostgreSQL in the second run")
    entrance, answers = EntranceFactory(), []
    together = threading.Barrier(4)

    def send() -> None:
        together.wait()
        answers.append(take(picture(1200, 900), entrance=entrance))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.is_new for answer in answers) == [False, False, False, True]
    assert len({answer.photo.pk for answer in answers}) == 1


# --- refused ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "unsupported_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_format"),
        (picture(format="GIF"), "unsupported_format"),
        (picture(800, 600)[:900], "damaged"),
        (picture(8, 8), "side_too_short"),
    ],
)
def test_what_is_no_photo_is_refused_and_nothing_is_kept(content: bytes, code: str) -> None:
    files = stored_files()

    with pytest.raises(PhotoError) as refused:
        take(content)

    assert refused.value.code == code
    assert not Photo.objects.exists()
    assert stored_files() == files


@pytest.mark.parametrize(
    ("setting", "limit", "code"),
    [
        ("PHOTO_MAX_BYTES", 500, "too_large"),
        ("PHOTO_MAX_PIXELS", 1000, "too_many_pixels"),
        ("PHOTO_MAX_SIDE", 300, "side_too_long"),
    ],
)
def test_the_limits_are_settings(settings: Any, setting: str, limit: int, code: str) -> None:
    setattr(settings, setting, limit)

    with pytest.raises(PhotoError) as refused:
        take(picture())

    assert refused.value.code == code


def test_a_file_that_is_too_large_is_not_read_to_its_end(settings: Any) -> None:
    settings.PHOTO_MAX_BYTES = 2 * intake.CHUNK
    endless = EndlessFile()

    with pytest.raises(PhotoError, match="larger than 2 MB"):
        take_in(endless, source=Photo.Source.API)

    assert endless.read_bytes <= 4 * intake.CHUNK


class EndlessFile(BytesIO):
    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size > 0
        self.read_bytes += size
        return b"\xff" * size


def test_a_disk_that_is_full_at_the_thumbnail_leaves_no_file_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    files, save = stored_files(), FileSystemStorage._save

    def save_pictures_only(storage: Any, name: str, content: Any) -> str:
        if name.startswith("thumbnails"):
            raise OSError("disk full")
        return save(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", save_pictures_only)

    with pytest.raises(OSError, match="disk full"):
        take(picture())

    assert not Photo.objects.exists()
    assert stored_files() == files


def test_a_database_that_fails_leaves_no_file_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    files = stored_files()

    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(Photo, "save", fail)

    with pytest.raises(DatabaseError):
        take(picture())

    assert stored_files() == files


def test_without_any_entrance_a_sentence_says_what_to_do() -> None:
    Entrance.objects.all().delete()

    with pytest.raises(Entrance.DoesNotExist, match="Add one"):
        take(picture())


# --- when it was taken -----------------------------------------------------------------------------------------
def test_the_camera_s_time_is_the_school_s_local_time(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Paris"
    with timezone.override("Europe/Paris"):
        photo = take(phone_photo()).photo

    assert photo.taken_at == datetime(2026, 3, 2, 6, 45, tzinfo=UTC)


def test_the_time_given_wins_over_the_camera_s() -> None:
    given_time = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)

    assert take(phone_photo(), taken_at=given_time).photo.taken_at == given_time


@pytest.mark.parametrize("clock", ["1980:01:01 00:00:00", "2107:01:01 00:00:00", "0000:00:00 00:00:00", "nonsense"])
def test_a_camera_whose_clock_is_wrong_is_not_believed(clock: str) -> None:
    before = timezone.now()

    photo = take(phone_photo(taken_at=clock)).photo

    assert before <= photo.taken_at <= timezone.now()


def test_a_photo_from_just_now_is_believed() -> None:
    minute_ago = timezone.localtime(timezone.now() - timedelta(minutes=1)).replace(tzinfo=None, microsecond=0)

    assert camera_time(minute_ago) == timezone.make_aware(minute_ago)


# --- names -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"),
        ("C:\\Users\\me\\Tür ü.jpg", "Tür ü.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n\r\u202ec.jpg", "abc.jpg"),
        ("x" * 400, "x" * 255),
        ("", ""),
        ("folder/", ""),
    ],
)
def test_the_name_people_see_is_the_file_s_own(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@given(st.text())
def test_whatever_the_name_it_fits_the_column_and_prints(name: str) -> None:
    cleaned = clean_name(name)

    assert len(cleaned) <= 255
    assert "/" not in cleaned
    assert "\\" not in cleaned
    assert cleaned.isprintable()


def test_the_stored_files_have_names_of_our_own() -> None:
    photo = take(picture(), name="../../evil.php").photo

    assert photo.image.name == f"photos/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"
    assert photo.thumbnail.name == f"thumbnails/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"

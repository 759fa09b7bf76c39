from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from detection import tasks
from detection.models import Photo
from tests.factories import EntranceFactory, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos, one of them in a folder of its own, and files that are none."""
    (tmp_path / "monday").mkdir()
    (tmp_path / "monday" / "first.JPG").write_bytes(picture(colour=(1, 2, 3)))
    (tmp_path / "second.png").write_bytes(picture(colour=(4, 5, 6), format="PNG"))
    (tmp_path / "notes.txt").write_text("not a photo")
    (tmp_path / "._second.png").write_bytes(b"what a Mac leaves on a stick")
    return tmp_path


def test_folders_are_walked_and_the_worker_is_woken(folder: Path, woken: list[str], capsys) -> None:
    call_command("take_in", str(folder))

    photos = Photo.objects.order_by("original_name")
    assert [photo.original_name for photo in photos] == ["first.JPG", "second.png"]
    assert {photo.source for photo in photos} == {"command"}
    assert sorted(woken) == sorted(str(photo.pk) for photo in photos)
    assert "2 photos were taken in." in capsys.readouterr().out


def test_a_bad_file_gets_a_sentence_and_the_others_are_still_taken(folder: Path, woken: list[str], capsys) -> None:
    bad = folder / "broken.jpg"
    bad.write_bytes(picture()[:200])

    with pytest.raises(CommandError, match=r"1 file was refused\."):
        call_command("take_in", str(bad), str(folder / "second.png"))

    assert [photo.original_name for photo in Photo.objects.all()] == ["second.png"]
    said = capsys.readouterr()
    assert str(bad) in said.err
    assert "1 photo was taken in." in said.out


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys) -> None:
    with pytest.raises(CommandError, match="refused"):
        call_command("take_in", str(tmp_path / "nothing.jpg"))

    assert "nothing.jpg: No such file or directory" in capsys.readouterr().err


def test_a_file_named_on_the_command_line_is_tried_whatever_its_name(tmp_path: Path, woken: list[str]) -> None:
    file = tmp_path / "photo-without-suffix"
    file.write_bytes(picture())

    call_command("take_in", str(file))

    assert Photo.objects.get().original_name == "photo-without-suffix"


def test_the_same_photo_again_is_counted_and_wakes_nobody(folder: Path, woken: list[str], capsys) -> None:
    call_command("take_in", str(folder))
    woken.clear()

    call_command("take_in", str(folder))

    assert Photo.objects.count() == 2
    assert woken == []
    assert "0 photos were taken in. 2 were there already." in capsys.readouterr().out


def test_entrance_and_time_are_as_told(folder: Path, woken: list[str]) -> None:
    gate = EntranceFactory(slug="gate")

    call_command("take_in", str(folder), "--entrance", "gate", "--taken-at", "2026-03-02T07:45")

    assert {photo.entrance for photo in Photo.objects.all()} == {gate}
    assert {photo.taken_at for photo in Photo.objects.all()} == {datetime(2026, 3, 2, 7, 45, tzinfo=UTC)}


def test_an_unknown_entrance_is_named_with_those_that_exist(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"no entrance nowhere\. There is: main"):
        call_command("take_in", str(folder), "--entrance", "nowhere")

    assert not Photo.objects.exists()


@pytest.mark.parametrize("time", ["yesterday", "2026-13-40T99:00"])
def test_a_time_that_is_none_is_refused(folder: Path, time: str) -> None:
    with pytest.raises(CommandError, match="Write it like 2026-11-23T07:45"):
        call_command("take_in", str(folder), "--taken-at", time)


def test_photos_wait_when_the_queue_cannot_be_reached(folder: Path, monkeypatch, capsys) -> None:
    def down(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(tasks.scan_photos, "apply_async", down)

    call_command("take_in", str(folder))

    assert Photo.objects.waiting().count() == 2
    assert "they are scanned when it is back" in capsys.readouterr().out


def test_scanning_starts_while_photos_still_come_in(folder: Path, settings, monkeypatch) -> None:
    settings.SCAN_CHUNK = 1
    there_when_woken: list[int] = []

    def count(**_: object) -> None:
        there_when_woken.append(Photo.objects.count())

    monkeypatch.setattr(tasks.scan_photos, "apply_async", lambda *_, **__: count())

    call_command("take_in", str(folder))

    assert there_when_woken == [1, 2]

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from detection import tasks
from detection.models import Entrance, Photo
from tests.factories import EntranceFactory, PhotoFactory, UserFactory, WorkerFactory, picture

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def file(content: bytes | None = None, name: str = "IMG_1.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if content is None else content)


def send(client: Client, *files: SimpleUploadedFile, headers: dict[str, str] | None = JSON, **data: Any) -> Any:
    """As the page's script does it: one file, and the answer as JSON."""
    slug = Entrance.objects.values_list("slug", flat=True).first()
    body = {"entrance": slug, "image": list(files), **data}
    return client.post(reverse("detection:upload"), body, headers=headers)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def ask_status(client: Client, *ids: object) -> Any:
    return client.post(reverse("detection:upload_status"), {"ids": ",".join(map(str, ids))}, headers=JSON)


class TestPage:
    def test_the_limits_are_shown_before_anything_is_sent(self, staff_client: Client, settings: Any) -> None:
        settings.PHOTO_MAX_BYTES, settings.PHOTO_MAX_SIDE = 7 * 1024 * 1024, 9_000

        page = text(staff_client.get(reverse("detection:upload")))

        assert "up to 7 MB and 64 megapixels, sides from 32 to 9,000 pixels" in page
        assert f'data-max-bytes="{7 * 1024 * 1024}"' in page

    def test_files_folders_and_the_phones_camera_can_be_chosen(self, staff_client: Client) -> None:
        page = text(staff_client.get(reverse("detection:upload")))

        assert re.search(r"<input[^>]* multiple[^>]*>", page)
        assert "webkitdirectory" in page
        assert 'capture="environment"' in page

    def test_the_default_entrance_is_chosen_and_others_can_be(self, staff_client: Client) -> None:
        other = EntranceFactory(name="Sports hall")
        default = Entrance.objects.get(is_default=True)

        page = text(staff_client.get(reverse("detection:upload")))

        assert f'<option value="{default.slug}" selected' in page
        assert f"{other.school.name}: Sports hall" in page

    def test_without_an_entrance_the_page_says_what_is_missing(self, staff_client: Client) -> None:
        Entrance.objects.all().delete()

        assert "There is no entrance yet" in text(staff_client.get(reverse("detection:upload")))


class TestOneFile:
    def test_a_good_photo_is_taken_in_and_the_worker_woken(
        self, staff_client: Client, staff: User, woken: list[str]
    ) -> None:
        answer = send(staff_client, file())

        photo = Photo.objects.get()
        assert answer.status_code == 202
        assert answer.json() == {
            "is_new": True,
            "holdup": "",
            "photo": {
                "id": str(photo.pk),
                "open": True,
                "kind": "waiting",
                "text": "Waiting to be scanned.",
                "url": photo.get_absolute_url(),
                "thumbnail": reverse("detection:thumbnail", args=[photo.pk]),
            },
        }
        assert (photo.source, photo.uploaded_by, photo.original_name) == (Photo.Source.PAGE, staff, "IMG_1.jpg")
        assert woken == [str(photo.pk)]

    def test_it_comes_to_the_entrance_chosen(self, staff_client: Client, woken: list[str]) -> None:
        hall = EntranceFactory()

        send(staff_client, file(), entrance=hall.slug)

        assert Photo.objects.get().entrance == hall

    def test_the_same_photo_again_is_answered_with_the_first(self, staff_client: Client, woken: list[str]) -> None:
        first = send(staff_client, file()).json()
        again = send(staff_client, file(name="copy.jpg"))

        assert again.status_code == 200
        assert again.json()["is_new"] is False
        assert again.json()["photo"]["id"] == first["photo"]["id"]
        assert len(woken) == 1

    @pytest.mark.parametrize(
        ("content", "status", "code", "says"),
        [
            (b"", 400, "empty", "empty"),
            (b"%PDF-1.7 not a photo", 415, "unsupported_format", "JPEG, PNG, WebP or HEIC"),
            (picture()[:300], 400, "damaged", "damaged or incomplete"),
            (picture(20, 20), 400, "side_too_short", "shorter than 32 pixels"),
        ],
    )
    def test_what_is_no_photo_is_refused_with_a_reason(
        self, staff_client: Client, content: bytes, status: int, code: str, says: str
    ) -> None:
        answer = send(staff_client, file(content))

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert says in answer.json()["detail"]
        assert not Photo.objects.exists()

    def test_too_many_bytes_are_413(self, staff_client: Client, settings: Any) -> None:
        settings.PHOTO_MAX_BYTES = 1000

        answer = send(staff_client, file(picture(800, 600)))

        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    def test_too_many_pixels_are_413(self, staff_client: Client, settings: Any) -> None:
        settings.PHOTO_MAX_PIXELS = 1000

        assert send(staff_client, file()).status_code == 413

    @pytest.mark.parametrize("missing", ["entrance", "image"])
    def test_an_incomplete_form_is_told_so(self, staff_client: Client, missing: str) -> None:
        answer = send(staff_client, *([] if missing == "image" else [file()]), **{missing: ""})

        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid"
        assert answer.json()["detail"]

    def test_while_the_broker_is_down_the_photo_is_kept_and_the_page_says_so(
        self, staff_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*args: Any, **options: Any) -> None:
            raise tasks.OperationalError

        monkeypatch.setattr(tasks.scan_photos, "apply_async", refuse)

        answer = send(staff_client, file())

        assert answer.status_code == 202
        assert "they are scanned when it is back" in answer.json()["holdup"]
        assert Photo.objects.get().status == Photo.Status.WAITING


class TestPlainForm:
    """Without JavaScript the browser sends all files at once and gets a page."""

    def test_every_file_is_answered_for_itself(self, staff_client: Client, woken: list[str]) -> None:
        known = PhotoFactory(labels=["mask"])
        Photo.objects.filter(pk=known.pk).update(sha256=sha256_of(picture(colour=(1, 2, 3))))

        page = text(
            send(
                staff_client,
                file(name="good.jpg"),
                file(b"no photo", name="letter.txt"),
                file(picture(colour=(1, 2, 3)), name="known.jpg"),
                headers=None,
            )
        )

        assert page.count('class="upload-row') == 4  # three outcomes and the script's template
        assert "Waiting to be scanned." in page
        assert "This is not a photo that can be read." in page
        assert "Was here already. 1 person: 1 wears a mask" in page
        assert len(woken) == 1

    def test_no_file_is_told_beside_the_field(self, staff_client: Client) -> None:
        answer = send(staff_client, headers=None)

        assert answer.status_code == 400
        assert "Choose at least one photo first." in text(answer)

    def test_more_files_than_fit_into_one_request_get_a_page_that_says_so(
        self, staff_client: Client, settings: Any
    ) -> None:
        settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2

        answer = send(staff_client, file(), file(), file(), headers=None)

        assert answer.status_code == 413
        assert "Send fewer or smaller photos at a time." in text(answer)

    def test_while_the_broker_is_down_the_page_says_that_photos_wait(
        self, staff_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("detection.views.upload.wake_scan_worker", lambda ids: False)

        assert "they are scanned when it is back" in text(send(staff_client, file(), headers=None))


class TestStatus:
    def test_all_open_photos_are_answered_at_once(self, staff_client: Client) -> None:
        WorkerFactory()
        done, waiting = PhotoFactory(labels=["mask", "no_mask"]), PhotoFactory()

        answer = ask_status(staff_client, done.pk, waiting.pk).json()

        states = {state["id"]: state for state in answer["photos"]}
        assert states[str(done.pk)]["kind"] == "violation"
        assert states[str(done.pk)]["open"] is False
        assert states[str(done.pk)]["text"] == "2 people: 1 wears a mask, 1 wears no mask"
        assert states[str(waiting.pk)]["open"] is True
        assert answer["holdup"] == ""

    def test_it_says_why_photos_wait(self, staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        photo = PhotoFactory()
        assert "No scan worker is running." in ask_status(staff_client, photo.pk).json()["holdup"]

        tasks.cache.clear()
        monkeypatch.setattr(tasks, "reach_broker", lambda: False)
        assert "The queue does not answer." in ask_status(staff_client, photo.pk).json()["holdup"]

    def test_nothing_holds_up_what_is_done(self, staff_client: Client) -> None:
        assert ask_status(staff_client, PhotoFactory(labels=[]).pk).json()["holdup"] == ""

    def test_photos_one_may_not_see_are_left_out(self) -> None:
        client = Client()
        client.force_login(UserFactory(permissions=["add_photo"]))

        assert ask_status(client, PhotoFactory().pk, uuid4()).json() == {"photos": [], "holdup": ""}

    def test_what_is_no_id_is_refused(self, staff_client: Client) -> None:
        assert ask_status(staff_client, "1", "' OR 1=1").status_code == 400

    def test_three_hundred_photos_are_one_question(
        self, staff_client: Client, django_assert_max_num_queries: Any
    ) -> None:
        WorkerFactory()
        ids = [PhotoFactory().pk for _ in range(5)] + [uuid4() for _ in range(295)]

        with django_assert_max_num_queries(6):  # session, person, 2 of permissions, photos, workers
            assert len(ask_status(staff_client, *ids).json()["photos"]) == 5


def sha256_of(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()

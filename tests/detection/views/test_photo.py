import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from detection.models import Face, Photo
from tests.factories import (
    FaceFactory,
    FinderVersionFactory,
    ModelVersionFactory,
    PhotoFactory,
    UserFactory,
    WorkerFactory,
    searched_by_ours,
)

pytestmark = pytest.mark.django_db


def show(client: Client, photo: Photo) -> str:
    return re.sub(r"\s+", " ", client.get(photo.get_absolute_url()).content.decode())


def live(client: Client, photo: Photo, seen: str = "") -> Any:
    return client.get(reverse("detection:photo_live", args=[photo.pk]), {"seen": seen})


class TestResult:
    def test_every_face_is_a_box_and_a_line_of_the_list(self, staff_client: Client) -> None:
        version = ModelVersionFactory(name="starter 12ab")
        photo = PhotoFactory(finder="haar")
        photo.model_version, photo.status, photo.verdict = version, Photo.Status.DONE, "violation"
        photo.no_mask_count = 1
        photo.save()
        face = FaceFactory(
            photo=photo, model_version=version, x=32, y=60, width=64, height=48, label="no_mask", score=0.876
        )

        page = show(staff_client, photo)

        assert 'x="10.000%" y="25.000%" width="20.000%" height="20.000%"' in page
        assert page.count(f'data-face="{face.pk}"') == 2
        assert "88 % sure" in page
        assert "starter 12ab" in page
        assert reverse("detection:crop", args=[face.pk]) in page
        assert "1 person: 1 wears no mask" in page

    @pytest.mark.parametrize(
        ("label", "name"),
        [("mask", "mask"), ("no_mask", "no mask"), ("incorrect", "worn wrongly"), ("unsure", "unsure")],
    )
    def test_a_box_says_its_label_in_words_and_shape(self, staff_client: Client, label: str, name: str) -> None:
        page = show(staff_client, PhotoFactory(labels=[label]))

        assert f'class="box kind-{label}"' in page
        assert re.search(rf"<i>\s*{name}</i>", page)
        assert ("box-cross" in page) == (label == "no_mask")

    @pytest.mark.parametrize(
        ("judge", "says"),
        [
            ("both", "Judged by finder and classifier together."),
            ("finder", "Judged by the finder itself."),
            ("classifier", "Judged by the classifier."),
        ],
    )
    def test_a_face_says_in_plain_words_how_it_was_found_and_judged(
        self, staff_client: Client, judge: str, says: str
    ) -> None:
        version = FinderVersionFactory(name="finder 34cd")
        page = show(staff_client, searched_by_ours(judge, version=version))

        assert f"Found by our own finder, 93 % sure. {says}" in page
        assert page.index("<summary>Model versions") < page.index("<dd>finder 34cd</dd>")
        assert "Our own finder, finder 34cd" in page  # of the photo

    @pytest.mark.parametrize(("votes", "says"), [(12.0, "with 12 votes."), (1.0, "with 1 vote.")])
    def test_haar_cascades_have_votes_and_no_per_cent(self, staff_client: Client, votes: float, says: str) -> None:
        photo = PhotoFactory(labels=["mask"])
        photo.faces.update(finder_score=votes)

        page = show(staff_client, photo)

        assert f"Found by Haar cascades {says} Judged by the classifier." in page
        assert "<dt>Finder</dt>" not in page

    def test_a_finder_is_never_shown_as_certain_when_it_is_not(self, staff_client: Client) -> None:
        assert "99 % sure." in show(staff_client, searched_by_ours("both", finder_score=0.999))

    def test_a_photo_without_a_face_says_who_looked(self, staff_client: Client) -> None:
        page = show(staff_client, searched_by_ours(version=FinderVersionFactory(name="finder 34cd")))

        assert "Our own finder, finder 34cd" in page

    def test_faces_of_an_earlier_model_are_history(self, staff_client: Client) -> None:
        photo = PhotoFactory(labels=["mask"])
        FaceFactory(photo=photo, label="no_mask")

        page = show(staff_client, photo)

        assert "> 1 face <" in page
        assert "kind-no_mask" not in page

    def test_no_face_is_neither_good_nor_bad(self, staff_client: Client) -> None:
        page = show(staff_client, PhotoFactory(labels=[]))

        assert "No face was found: look at the picture yourself." in page
        assert "nobody on it counts as compliant or flagged" in page

    def test_a_failure_says_what_happened_and_what_to_do(self, staff_client: Client) -> None:
        page = show(staff_client, PhotoFactory(status=Photo.Status.FAILED, failure_code="missing_file"))

        assert "The stored picture is missing. Upload the photo again, then delete this one." in page

    def test_the_number_of_queries_does_not_depend_on_the_faces(
        self, staff_client: Client, django_assert_max_num_queries: Any
    ) -> None:
        photo = PhotoFactory(labels=["mask"] * 4 + ["no_mask"] * 4)

        with django_assert_max_num_queries(6):  # session, person, 2 of permissions, photo, faces
            show(staff_client, photo)


class TestLive:
    def test_an_open_photo_renews_itself(self, staff_client: Client) -> None:
        WorkerFactory()
        page = show(staff_client, PhotoFactory())

        assert 'hx-trigger="every 2s' in page
        assert "They appear here as soon as the photo is scanned" in page
        assert "note-warning" not in page

    def test_it_says_when_nobody_scans(self, staff_client: Client) -> None:
        assert "No scan worker is running." in show(staff_client, PhotoFactory())

    def test_a_finished_photo_does_not_ask_any_more(self, staff_client: Client) -> None:
        photo = PhotoFactory()
        seen = re.search(r"seen=(\w+)", show(staff_client, photo))
        assert seen
        assert live(staff_client, photo, seen[1]).status_code == 204

        Photo.objects.filter(pk=photo.pk).update(status="done", verdict="no_face")
        answer = live(staff_client, photo, seen[1])

        assert answer.status_code == 200
        assert "hx-get" not in answer.content.decode()
        assert "No face was found" in answer.content.decode()


class TestScanAgain:
    def test_the_photo_waits_again_and_keeps_its_faces_until_then(self, staff_client: Client, woken: list[str]) -> None:
        photo = PhotoFactory(labels=["mask"])

        answer = staff_client.post(reverse("detection:scan_again", args=[photo.pk]), follow=True)

        assert woken == [str(photo.pk)]
        assert "Waiting to be scanned." in answer.content.decode()
        assert "These are the faces of the scan before" in answer.content.decode()

    def test_a_photo_that_waits_already_is_left_alone(self, staff_client: Client, woken: list[str]) -> None:
        staff_client.post(reverse("detection:scan_again", args=[PhotoFactory().pk]))

        assert woken == []

    def test_the_page_says_when_it_has_to_wait_for_the_broker(
        self, staff_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("detection.views.photo.wake_scan_worker", lambda ids: False)
        address = reverse("detection:scan_again", args=[PhotoFactory(labels=[]).pk])

        assert "The queue does not answer." in staff_client.post(address, follow=True).content.decode()

    def test_who_may_only_look_is_offered_no_button(self, client: Client) -> None:
        client.force_login(UserFactory(permissions=["view_photo"]))
        photo = PhotoFactory(labels=["mask"])

        page = show(client, photo)

        assert reverse("detection:scan_again", args=[photo.pk]) not in page
        assert reverse("detection:delete", args=[photo.pk]) not in page


class TestDelete:
    def test_it_asks_first(self, staff_client: Client) -> None:
        photo = PhotoFactory(labels=["mask"])

        page = staff_client.get(reverse("detection:delete", args=[photo.pk])).content.decode()

        assert "Delete this photo?" in page
        assert Photo.objects.filter(pk=photo.pk).exists()

    def test_then_row_faces_and_files_are_gone(
        self, staff_client: Client, staff: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        photo = PhotoFactory(labels=["mask"])
        names = [photo.image.name, photo.thumbnail.name, photo.faces.get().crop.name]

        with django_capture_on_commit_callbacks(execute=True):
            answer = staff_client.post(reverse("detection:delete", args=[photo.pk]), follow=True)

        assert f"The photo {photo.original_name} is deleted." in answer.content.decode()
        assert not Photo.objects.exists()
        assert not Face.objects.exists()
        assert not any(default_storage.exists(name) for name in names)

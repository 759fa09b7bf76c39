"""The admin's door for photos, and what can be done with those that are there."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from detection import tasks
from detection.models import Face, Photo
from tests.detection.admin_pages import INLINE, act, address
from tests.factories import AdminFactory, EntranceFactory, PhotoFactory, UserFactory, picture

pytestmark = pytest.mark.django_db


def add(client: Client, content: bytes, **fields: Any) -> Any:
    file = BytesIO(content)
    file.name = fields.pop("name", "gate.jpg")
    entrance = fields.pop("entrance", None) or EntranceFactory()
    data = {"file": file, "entrance": entrance.pk, "taken_at_0": "", "taken_at_1": "", **fields}
    return client.post(address(Photo, "add"), data)


# --- adding ----------------------------------------------------------------------------------------------------
def test_a_photo_is_added_through_intake_and_the_worker_is_woken(
    admin_client: Client, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    entrance = EntranceFactory()
    with django_capture_on_commit_callbacks(execute=True):
        answer = add(admin_client, picture(), entrance=entrance)

    assert answer.status_code == 302
    photo = Photo.objects.get()
    assert (photo.source, photo.original_name, photo.entrance) == ("admin", "gate.jpg", entrance)
    assert photo.uploaded_by.is_superuser
    assert photo.is_open
    assert default_storage.exists(photo.image.name)
    assert woken == [str(photo.pk)]


def test_the_worker_is_woken_only_when_the_row_is_there(admin_client: Client, woken: list[str]) -> None:
    add(admin_client, picture())

    assert woken == []  # the test's transaction has not been committed


def test_the_time_given_wins(admin_client: Client, woken: list[str]) -> None:
    add(admin_client, picture(), taken_at_0="2026-03-02", taken_at_1="07:45:00")

    assert Photo.objects.get().taken_at.isoformat() == "2026-03-02T07:45:00+00:00"


@pytest.mark.parametrize("content", [b"not a photo", b"", picture()[:300]], ids=["text", "empty", "cut off"])
def test_a_file_that_is_no_photo_is_an_error_on_the_form(admin_client: Client, content: bytes) -> None:
    answer = add(admin_client, content)

    assert answer.status_code == 200
    assert "file" in answer.context["adminform"].form.errors
    assert not Photo.objects.exists()
    assert not INLINE.search(answer.content.decode())


def test_no_file_is_an_error_on_the_form(admin_client: Client) -> None:
    answer = admin_client.post(address(Photo, "add"), {"entrance": EntranceFactory().pk})

    assert answer.context["adminform"].form.errors["file"] == ["This field is required."]


def test_the_same_photo_again_leads_to_the_first(
    admin_client: Client, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    entrance = EntranceFactory()
    with django_capture_on_commit_callbacks(execute=True):
        add(admin_client, picture(), entrance=entrance)
        answer = add(admin_client, picture(), entrance=entrance)

    photo = Photo.objects.get()
    assert answer.url == address(Photo, "change", photo.pk)
    assert woken == [str(photo.pk)]
    assert "was there already" in admin_client.get(answer.url).content.decode()


@pytest.mark.django_db(transaction=True)
def test_adding_while_the_queue_is_away_succeeds_and_says_so(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_asleep_until", float("inf"))

    answer = add(admin_client, picture())

    assert Photo.objects.waiting().count() == 1
    assert "they are scanned when it is back" in admin_client.get(answer.url).content.decode()


def test_the_form_offers_the_default_entrance(admin_client: Client) -> None:
    form = admin_client.get(address(Photo, "add")).context["adminform"].form

    assert form.initial["entrance"].is_default


# --- changing --------------------------------------------------------------------------------------------------
def test_only_entrance_and_time_can_be_changed(admin_client: Client) -> None:
    photo = PhotoFactory(labels=["mask"])

    form = admin_client.get(address(Photo, "change", photo.pk)).context["adminform"].form

    assert set(form.fields) == {"entrance", "taken_at"}


def test_a_change_leaves_a_result_alone_that_a_worker_writes_meanwhile(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = PhotoFactory()
    other = EntranceFactory(school=photo.school)
    scan_while_the_form_is_checked(monkeypatch)

    admin_client.post(
        address(Photo, "change", photo.pk),
        {
            "entrance": other.pk,
            "taken_at_0": "2026-03-02",
            "taken_at_1": "07:45",
            "faces-TOTAL_FORMS": 0,
            "faces-INITIAL_FORMS": 0,
            "looks-TOTAL_FORMS": 0,
            "looks-INITIAL_FORMS": 0,
        },
    )

    photo.refresh_from_db()
    assert (photo.status, photo.verdict, photo.entrance) == ("done", "compliant", other)


def scan_while_the_form_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    from detection.admin.forms import ChangePhotoForm

    def clean(form: Any) -> dict[str, Any]:
        Photo.objects.update(status="done", verdict="compliant")
        return form.cleaned_data

    monkeypatch.setattr(ChangePhotoForm, "clean", clean)


def test_a_photo_cannot_move_to_another_school(admin_client: Client) -> None:
    photo = PhotoFactory()
    elsewhere = EntranceFactory()

    form = admin_client.get(address(Photo, "change", photo.pk)).context["adminform"].form

    assert elsewhere not in form.fields["entrance"].queryset
    assert photo.entrance in form.fields["entrance"].queryset


# --- scanning again --------------------------------------------------------------------------------------------
def test_chosen_photos_are_scanned_again(
    admin_client: Client, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    done, failed = PhotoFactory(labels=["mask"]), PhotoFactory(status="failed", failure_code="crashed", attempts=3)
    waiting = PhotoFactory()
    with django_capture_on_commit_callbacks(execute=True):
        page = act(admin_client, "scan_again", done, failed, waiting)

    assert "2 photos wait to be scanned again." in page.content.decode()
    assert sorted(woken) == sorted([str(done.pk), str(failed.pk)])
    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.failure) == ("waiting", 0, None)
    assert Face.objects.count() == 1, "its faces stay until the new scan replaces them"


# --- deleting --------------------------------------------------------------------------------------------------
def stored_files() -> set[str]:
    return {
        f"{top}/{second}/{file}"
        for top in ("photos", "thumbnails", "crops")
        for second in listed(top)[0]
        for file in [*listed(f"{top}/{second}")[1], *(listed(f"{top}/{second}")[0])]
    }


def listed(folder: str) -> tuple[list[str], list[str]]:
    return default_storage.listdir(folder) if default_storage.exists(folder) else ([], [])


def test_deleting_one_photo_removes_its_files(admin_client: Client, django_capture_on_commit_callbacks: Any) -> None:
    before = stored_files()
    photo = PhotoFactory(labels=["mask", "no_mask"])
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(address(Photo, "delete", photo.pk), {"post": "yes"})

    assert not Photo.objects.exists()
    assert stored_files() == before


def test_deleting_many_asks_first_and_then_removes_rows_and_files(
    admin_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    before = stored_files()
    photos = [PhotoFactory(labels=["mask", "mask"]) for _ in range(3)]

    asked = act(admin_client, "delete_selected", *photos).content.decode()
    assert "Photos: 3" in asked
    assert "Faces: 6" in asked
    assert Photo.objects.count() == 3

    with django_capture_on_commit_callbacks(execute=True):
        act(admin_client, "delete_selected", *photos, post="yes")
    assert not Photo.objects.exists()
    assert not Face.objects.exists()
    assert stored_files() == before


def test_the_question_names_the_first_photos_only(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection.admin.photos.NAMED_IN_QUESTION", 2)
    photos = PhotoFactory.create_batch(5)

    asked = act(admin_client, "delete_selected", *photos).content.decode()

    assert "and 3 more" in asked
    assert (
        sum(asked.count(f">{photo.original_name}<") + asked.count(f" {photo.original_name}") for photo in photos) <= 4
    )


def test_who_may_delete_photos_needs_no_permission_on_faces(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, permissions=["view_photo", "delete_photo"]))
    photo = PhotoFactory(labels=["mask"])

    client.post(address(Photo, "delete", photo.pk), {"post": "yes"})

    assert not Photo.objects.exists()


def test_who_may_only_look_gets_no_actions(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, permissions=["view_photo"]))
    photo = PhotoFactory(labels=["mask"])

    act(client, "scan_again", photo)
    act(client, "delete_selected", photo, post="yes")

    assert Photo.objects.get().status == "done"
    assert client.get(address(Photo, "add")).status_code == 403
    assert client.get(address(Photo, "change", photo.pk)).status_code == 200


# --- looking ---------------------------------------------------------------------------------------------------
def test_a_photo_is_found_by_its_id_and_by_its_name(admin_client: Client) -> None:
    photo, _other = PhotoFactory(original_name="monday.jpg"), PhotoFactory()

    for term in (str(photo.pk), photo.pk.hex, "MONDAY"):
        found = admin_client.get(address(Photo, "changelist"), {"q": term}).context["cl"].result_list
        assert list(found) == [photo], term


def test_thumbnails_come_from_the_checked_address(admin_client: Client) -> None:
    photo = PhotoFactory()

    page = admin_client.get(address(Photo, "changelist")).content.decode()

    assert f'<img src="/photos/{photo.pk}/thumbnail/" alt="{photo.original_name}"' in page
    assert "/media/" not in page


def test_the_dates_offered_lead_to_the_photos_of_that_day(admin_client: Client) -> None:
    for day in ("2026-03-02", "2026-03-04", "2026-05-01", "2027-01-01"):
        photo = PhotoFactory()
        Photo.objects.filter(pk=photo.pk).update(received_at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))

    def offered(**chosen: int) -> list[str]:
        page = admin_client.get(address(Photo, "changelist"), {f"received_at__{k}": v for k, v in chosen.items()})
        return titles(page)

    assert offered() == ["2026", "2027"]
    assert offered(year=2026) == ["March 2026", "April 2026", "May 2026"]
    assert offered(year=2026, month=3) == ["March 2", "March 3", "March 4"]
    found = admin_client.get(
        address(Photo, "changelist"), {"received_at__year": 2026, "received_at__month": 3, "received_at__day": 4}
    )
    assert found.context["cl"].result_count == 1


def titles(page: Any) -> list[str]:
    return [choice["title"] for choice in page.context["choices"] if "link" in choice]


def test_another_admin_is_named_as_the_one_who_uploaded(client: Client, woken: list[str]) -> None:
    head = AdminFactory(username="head")
    client.force_login(head)
    add(client, picture())

    assert Photo.objects.get().uploaded_by == head

"""Who gets in where: one table of all pages."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from detection.models import Photo
from tests.factories import PASSWORD, FaceFactory, PhotoFactory, UserFactory

pytestmark = pytest.mark.django_db
VIEW_PAGES = ["start", "start_live", "photos", "looks", "report", "report_csv"]
PHOTO_PAGES = ["photo", "photo_live", "next_look", "image", "thumbnail", "delete"]
POSTS = ["samples", "upload", "upload_status"]


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(UserFactory(permissions=list(permissions)))
    return client


@pytest.mark.parametrize("name", [*VIEW_PAGES, "upload"])
def test_strangers_are_sent_to_sign_in_and_come_back(client: Client, name: str) -> None:
    address = reverse(f"detection:{name}")

    answer = client.get(address)

    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('login')}?next={address}"


@pytest.mark.parametrize("name", PHOTO_PAGES)
def test_strangers_do_not_learn_whether_a_photo_exists(client: Client, name: str) -> None:
    there, nowhere = PhotoFactory().pk, uuid4()

    answers = [client.get(reverse(f"detection:{name}", args=[pk])) for pk in (there, nowhere)]

    assert [answer.status_code for answer in answers] == [302, 302]


@pytest.mark.parametrize("name", POSTS)
def test_strangers_cannot_send_anything(client: Client, name: str) -> None:
    assert client.post(reverse(f"detection:{name}")).status_code == 302
    assert not Photo.objects.exists()


@pytest.mark.parametrize("name", VIEW_PAGES)
def test_people_without_permission_are_told_so(name: str) -> None:
    answer = signed_in().get(reverse(f"detection:{name}"))

    assert answer.status_code == 403
    assert "Your account may not do this" in answer.content.decode()


@pytest.mark.parametrize("name", PHOTO_PAGES)
def test_people_without_permission_see_no_photo(name: str) -> None:
    assert signed_in().get(reverse(f"detection:{name}", args=[PhotoFactory().pk])).status_code == 403


def test_people_without_permission_see_no_crop() -> None:
    assert signed_in().get(reverse("detection:crop", args=[FaceFactory().pk])).status_code == 403


@pytest.mark.parametrize("name", POSTS)
def test_looking_is_not_adding(name: str) -> None:
    assert signed_in("view_photo").post(reverse(f"detection:{name}")).status_code == 403


@pytest.mark.parametrize("name", ["scan_again", "look", "delete"])
def test_looking_is_not_changing(name: str) -> None:
    photo = PhotoFactory(labels=["mask"])

    assert signed_in("view_photo").post(reverse(f"detection:{name}", args=[photo.pk])).status_code == 403
    photo.refresh_from_db()
    assert photo.status == Photo.Status.DONE


@pytest.mark.parametrize("name", [*PHOTO_PAGES, "scan_again", "look"])
def test_a_photo_that_is_not_there_is_not_found(staff_client: Client, name: str) -> None:
    address = reverse(f"detection:{name}", args=[uuid4()])

    assert (staff_client.post if name in {"scan_again", "look"} else staff_client.get)(address).status_code == 404


@pytest.mark.parametrize("name", PHOTO_PAGES)
def test_a_photo_of_others_is_not_found(staff_client: Client, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever rule `visible_photos` follows, each page asks it."""
    photo = PhotoFactory()
    for module in ("photo", "pictures", "looks"):
        monkeypatch.setattr(f"detection.views.{module}.visible_photos", lambda user: Photo.objects.none())

    assert staff_client.get(reverse(f"detection:{name}", args=[photo.pk])).status_code == 404


@pytest.mark.parametrize("name", ["samples", "upload_status"])
def test_what_changes_something_takes_no_get(staff_client: Client, name: str) -> None:
    assert staff_client.get(reverse(f"detection:{name}")).status_code == 405


def test_forms_need_their_token(staff: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)

    answer = client.post(reverse("detection:samples"))

    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()


def test_a_part_that_renews_itself_reloads_the_page_when_signed_out(client: Client) -> None:
    answer = client.get(reverse("detection:start_live"), headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer["HX-Refresh"] == "true"


def test_a_script_is_told_that_nobody_is_signed_in(client: Client) -> None:
    answer = client.post(reverse("detection:upload_status"), headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "signed_out"


def test_pages_are_never_kept_by_browsers(staff_client: Client) -> None:
    for name in ("start", "photos", "looks", "report"):
        assert staff_client.get(reverse(f"detection:{name}"))["Cache-Control"] == "no-store, private"


def test_signing_in_leads_to_the_start_page(client: Client, staff: User) -> None:
    answer = client.post(reverse("login"), {"username": staff.username, "password": PASSWORD})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("detection:start")

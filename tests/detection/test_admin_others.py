"""Entrances, model versions and API tokens in the admin."""

import hashlib
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from rest_framework.authtoken.models import Token, TokenProxy

from detection.models import Entrance, ModelVersion, ScanSettings
from detection.selectors import chosen_finder
from tests.detection.admin_pages import act, address
from tests.factories import EntranceFactory, FaceFactory, ModelVersionFactory, PhotoFactory, UserFactory

pytestmark = pytest.mark.django_db


# --- entrances -------------------------------------------------------------------------------------------------
def test_another_entrance_becomes_the_default_one(admin_client: Client) -> None:
    chosen = EntranceFactory(name="North gate")

    page = act(admin_client, "make_default", chosen)

    assert [entrance.name for entrance in Entrance.objects.filter(is_default=True)] == ["North gate"]
    assert "North gate takes the photos that name no entrance" in page.content.decode()


def test_there_is_one_default_entrance_only(admin_client: Client) -> None:
    page = act(admin_client, "make_default", *EntranceFactory.create_batch(2))

    assert "Select exactly one entrance." in page.content.decode()
    assert Entrance.objects.get(is_default=True).slug == "main"


def test_the_default_entrance_cannot_be_deleted(admin_client: Client) -> None:
    default = Entrance.objects.get(is_default=True)

    assert admin_client.post(address(Entrance, "delete", default.pk), {"post": "yes"}).status_code == 403
    act(admin_client, "delete_selected", default, post="yes")

    assert Entrance.objects.filter(pk=default.pk).exists()


def test_an_entrance_with_photos_stays_and_one_without_goes(admin_client: Client) -> None:
    used, unused = EntranceFactory.create_batch(2)
    PhotoFactory(entrance=used)

    for entrance in (used, unused):
        admin_client.post(address(Entrance, "delete", entrance.pk), {"post": "yes"})

    assert Entrance.objects.filter(pk=used.pk).exists()
    assert not Entrance.objects.filter(pk=unused.pk).exists()


def test_an_entrance_is_added(admin_client: Client) -> None:
    school = Entrance.objects.get(is_default=True).school

    admin_client.post(address(Entrance, "add"), {"school": school.pk, "name": "Gym", "slug": "gym"})

    assert Entrance.objects.get(slug="gym").school == school


def test_an_entrance_does_not_move_to_another_school(admin_client: Client) -> None:
    entrance = EntranceFactory()

    form = admin_client.get(address(Entrance, "change", entrance.pk)).context["adminform"].form

    assert "school" not in form.fields


# --- model versions --------------------------------------------------------------------------------------------
def with_weights(**fields: Any) -> ModelVersion:
    content = fields["name"].encode()
    version = ModelVersionFactory(sha256=hashlib.sha256(content).hexdigest(), **fields)
    version.weights.save("weights.safetensors", ContentFile(content))
    return version


def test_a_candidate_is_activated_and_the_one_before_retired(admin_client: Client) -> None:
    before = with_weights(name="before", status="active")
    candidate = with_weights(name="better")

    page = act(admin_client, "activate", candidate)

    before.refresh_from_db()
    candidate.refresh_from_db()
    assert (before.status, candidate.status) == ("retired", "active")
    assert candidate.activated_at is not None
    assert "Better judges the next photos." in page.content.decode()


@pytest.mark.parametrize(
    ("chosen", "says"),
    [("ssd", "Sharper finds the faces on the next photos."), ("haar", "Sharper is active, but the settings choose")],
)
def test_a_finder_is_activated_beside_the_model_that_judges(
    admin_client: Client, settings: Any, chosen: str, says: str
) -> None:
    settings.FACE_FINDER = chosen
    judge = with_weights(name="judge", status="active")
    finder = with_weights(name="sharper", role="finder")

    page = act(admin_client, "activate", finder)

    assert says in page.content.decode()
    assert set(ModelVersion.objects.filter(status="active")) == {judge, finder}


def test_a_version_without_its_weights_is_not_activated(admin_client: Client) -> None:
    before = with_weights(name="before", status="active")
    lost = ModelVersionFactory(name="lost")

    page = act(admin_client, "activate", lost)

    before.refresh_from_db()
    assert before.status == "active"
    assert "The weights file of lost is missing." in page.content.decode()


def test_one_version_at_a_time_is_activated(admin_client: Client) -> None:
    page = act(admin_client, "activate", with_weights(name="one"), with_weights(name="two"))

    assert "Select exactly one model version." in page.content.decode()
    assert not ModelVersion.objects.filter(status="active").exists()


@pytest.mark.parametrize("kind", ["starter", "active", "judged", "found", "searched"])
def test_versions_that_are_needed_stay(admin_client: Client, kind: str) -> None:
    version = with_weights(
        name="kept", is_starter=kind == "starter", status="active" if kind == "active" else "retired"
    )
    if kind == "judged":
        FaceFactory(model_version=version)
    if kind == "found":
        FaceFactory(finder_version=version)
    if kind == "searched":
        PhotoFactory(finder_version=version)

    assert admin_client.post(address(ModelVersion, "delete", version.pk), {"post": "yes"}).status_code == 403
    act(admin_client, "delete_selected", version, post="yes")

    assert ModelVersion.objects.filter(pk=version.pk).exists()


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_rejected_version_is_deleted_with_its_weights(
    admin_client: Client, way: str, django_capture_on_commit_callbacks: Any
) -> None:
    version = with_weights(name="worse", status="rejected")
    with django_capture_on_commit_callbacks(execute=True):
        if way == "page":
            admin_client.post(address(ModelVersion, "delete", version.pk), {"post": "yes"})
        else:
            act(admin_client, "delete_selected", version, post="yes")

    assert not ModelVersion.objects.exists()
    assert not default_storage.exists(version.weights.name)


def test_models_come_from_training_only_and_nothing_but_the_name_changes(admin_client: Client) -> None:
    version = ModelVersionFactory(metrics={"accuracy": 0.987})

    assert admin_client.get(address(ModelVersion, "add")).status_code == 403
    page = admin_client.get(address(ModelVersion, "change", version.pk))
    assert set(page.context["adminform"].form.fields) == {"name"}
    assert "98.7%" in page.content.decode()
    admin_client.post(address(ModelVersion, "change", version.pk), {"name": "spring", "status": "active"})
    version.refresh_from_db()
    assert (version.name, version.status) == ("spring", "candidate")


# --- settings --------------------------------------------------------------------------------------------------
def test_a_finder_is_chosen_in_the_admin_as_well(admin_client: Client, admin_user: User) -> None:
    admin_client.post(address(ScanSettings, "add"), {"face_finder": "haar"})
    assert chosen_finder() == "haar"

    admin_client.post(address(ScanSettings, "change", 1), {"face_finder": ""})

    assert chosen_finder() == "ssd"
    assert ScanSettings.objects.get().changed_by == admin_user


def test_a_finder_that_could_not_work_is_refused_in_the_admin_too(admin_client: Client) -> None:
    page = admin_client.post(address(ScanSettings, "add"), {"face_finder": "yunet"})

    assert "YuNet does not come with maskweb." in page.content.decode()
    assert not ScanSettings.objects.exists()


def test_there_is_one_row_of_settings_and_it_stays(admin_client: Client) -> None:
    row = ScanSettings.objects.create(face_finder="haar")

    assert admin_client.get(address(ScanSettings, "add")).status_code == 403
    assert admin_client.post(address(ScanSettings, "delete", row.pk), {"post": "yes"}).status_code == 403


# --- API tokens ------------------------------------------------------------------------------------------------
def test_a_token_is_shown_once_when_it_is_made(admin_client: Client) -> None:
    owner = UserFactory()

    page = admin_client.post(address(TokenProxy, "add"), {"user": owner.pk}, follow=True).content.decode()
    key = Token.objects.get(user=owner).key

    assert key in page
    for address_of in (address(TokenProxy, "changelist"), address(TokenProxy, "change", owner.pk), "/admin/"):
        assert key not in admin_client.get(address_of).content.decode()
    assert key not in "".join(str(entry) for entry in LogEntry.objects.all())


def test_a_token_is_revoked_without_showing_it(admin_client: Client) -> None:
    token = Token.objects.create(user=UserFactory())
    delete = address(TokenProxy, "delete", token.user_id)

    assert token.key not in admin_client.get(delete).content.decode()
    page = admin_client.post(delete, {"post": "yes"}, follow=True).content.decode()

    assert not Token.objects.exists()
    assert token.key not in page

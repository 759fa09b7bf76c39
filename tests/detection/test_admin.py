"""Every list of the admin: opens, shows what it must, searches, and asks the database few questions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.authtoken.models import Token, TokenProxy

from detection.models import Entrance, Face, ModelVersion, Photo, PhotoLook, ScanSettings, School, Worker
from tests.detection.admin_pages import INLINE, address, registered
from tests.factories import (
    EntranceFactory,
    FaceFactory,
    ModelVersionFactory,
    PhotoFactory,
    PhotoLookFactory,
    SchoolFactory,
    UserFactory,
    WorkerFactory,
    finish,
    searched_by_ours,
)

pytestmark = pytest.mark.django_db


def version() -> ModelVersion:
    return ModelVersion.objects.first() or ModelVersionFactory()


def done_photo() -> Photo:
    """Its row alone: fifty photos with their files take too long to make."""
    photo = PhotoFactory(image="photos/one.jpg", thumbnail="thumbnails/one.jpg", status="done", verdict="violation")
    for label in ("mask", "no_mask"):
        FaceFactory(photo=photo, model_version=version(), label=label, x=len(label), crop="crops/one.jpg")
    Photo.objects.update(model_version=version())
    return photo


def photo_without_files() -> Photo:
    return PhotoFactory(image="photos/one.jpg", thumbnail="thumbnails/one.jpg", status="done", verdict="no_face")


MAKERS: dict[type[Model], Callable[[], Any]] = {
    School: SchoolFactory,
    Entrance: EntranceFactory,
    ModelVersion: ModelVersionFactory,
    Photo: done_photo,
    Face: lambda: done_photo().faces.first(),
    PhotoLook: lambda: PhotoLookFactory(photo=photo_without_files()),
    Worker: WorkerFactory,
    ScanSettings: lambda: ScanSettings.objects.create(face_finder="haar", changed_by=UserFactory()),
    User: UserFactory,
    Group: lambda: Group.objects.create(name=f"group {Group.objects.count()}"),
    TokenProxy: lambda: Token.objects.create(user=UserFactory()),
    AccessAttempt: lambda: AccessAttempt.objects.create(
        ip_address="10.0.0.1", username=f"u{AccessAttempt.objects.count()}", failures_since_start=1
    ),
    AccessLog: lambda: AccessLog.objects.create(username="somebody", attempt_time=timezone.now()),
    AccessFailureLog: lambda: AccessFailureLog.objects.create(username="somebody", attempt_time=timezone.now()),
}


@pytest.mark.parametrize(
    "model", [model for model in registered() if model is not ScanSettings], ids=lambda model: model.__name__
)
def test_a_list_asks_the_database_the_same_for_five_rows_and_for_fifty(
    admin_client: Client, model: type[Model]
) -> None:
    few = queries_with_rows(admin_client, model, 5)
    many = queries_with_rows(admin_client, model, 50)

    assert many == few
    assert many <= 16


def queries_with_rows(client: Client, model: type[Model], rows: int) -> int:
    while model._default_manager.count() < rows:
        MAKERS[model]()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(address(model, "changelist"))
    assert page.status_code == 200
    assert len(page.context["cl"].result_list) >= rows
    return len(queries)


@pytest.mark.parametrize("model", registered(), ids=lambda model: model.__name__)
def test_lists_and_pages_hold_no_inline_script_or_style(admin_client: Client, model: type[Model]) -> None:
    MAKERS[model]()

    page = admin_client.get(address(model, "changelist"))

    assert not INLINE.search(page.content.decode())
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("model", [School, Entrance, ModelVersion, Photo, Face, PhotoLook, ScanSettings, Worker])
def test_a_row_has_a_page_without_inline_script_or_style(admin_client: Client, model: type[Model]) -> None:
    row = MAKERS[model]()

    page = admin_client.get(address(model, "change", row.pk))

    assert page.status_code == 200
    assert not INLINE.search(page.content.decode())


@pytest.mark.parametrize("model", [School, Entrance, ModelVersion, Photo, Face, PhotoLook, ScanSettings, Worker])
def test_every_list_of_ours_can_be_searched_and_filtered(admin_client: Client, model: type[Model]) -> None:
    MAKERS[model]()
    page = admin_client.get(address(model, "changelist"), {"q": "nothing is called so"})

    assert list(page.context["cl"].result_list) == []
    for choice in page.context["cl"].filter_specs:
        for offered in choice.choices(page.context["cl"]):
            found = admin_client.get(address(model, "changelist") + offered["query_string"])
            assert found.status_code == 200, offered


def test_the_index_names_every_model(admin_client: Client) -> None:
    page = admin_client.get("/admin/")

    for model in registered():
        assert str(model._meta.verbose_name_plural).lower() in page.content.decode().lower()


def test_a_member_of_the_staff_without_admin_rights_is_kept_out(staff_client: Client) -> None:
    assert staff_client.get(address(Photo, "changelist")).status_code == 302


# --- single lists ----------------------------------------------------------------------------------------------
def test_faces_show_their_crop_only_while_they_are_the_last_scan_s(admin_client: Client) -> None:
    old, new = ModelVersionFactory.create_batch(2)
    photo = PhotoFactory()
    finish(photo, ["no_mask"], old)
    finish(photo, ["mask"], new)
    history, current = Face.objects.get(model_version=old), Face.objects.get(model_version=new)

    page = admin_client.get(address(Face, "changelist")).content.decode()

    assert f"/faces/{current.pk}/crop/" in page
    assert f"/faces/{history.pk}/crop/" not in page


@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_faces_are_only_looked_at(admin_client: Client, page: str) -> None:
    face = FaceFactory()
    args = [] if page == "add" else [face.pk]

    answer = admin_client.post(address(Face, page, *args), {"label": "mask"})

    assert answer.status_code == 403
    assert Face.objects.count() == 1


@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_looks_are_only_looked_at(admin_client: Client, page: str) -> None:
    look = PhotoLookFactory()
    args = [] if page == "add" else [look.pk]

    assert admin_client.post(address(PhotoLook, page, *args), {"answer": "undone"}).status_code == 403
    assert PhotoLook.objects.get().answer == "nobody_there"


def test_a_photo_shows_what_people_saw_on_it(admin_client: Client) -> None:
    look = PhotoLookFactory(person__username="ann")

    page = admin_client.get(address(Photo, "change", look.photo.pk)).content.decode()

    assert "nobody there" in page
    assert "ann" in page


def test_a_face_says_how_it_was_found_and_judged(admin_client: Client) -> None:
    face = searched_by_ours("both").faces.get()

    page = admin_client.get(address(Face, "change", face.pk)).content.decode()

    assert "Found by our own finder, 93 % sure." in page
    assert "Judged by finder and classifier together." in page


def test_workers_show_who_is_alive(admin_client: Client) -> None:
    WorkerFactory(name="scan@here")
    WorkerFactory(name="scan@gone", seen_at=timezone.now() - timedelta(minutes=5))

    alive = admin_client.get(address(Worker, "changelist"), {"alive": "yes"}).context["cl"].result_list
    silent = admin_client.get(address(Worker, "changelist"), {"alive": "no"}).context["cl"].result_list

    assert [worker.name for worker in alive] == ["scan@here"]
    assert [worker.name for worker in silent] == ["scan@gone"]
    page = admin_client.get(address(Worker, "changelist")).content.decode()
    assert page.count('alt="True"') == 1
    assert page.count('alt="False"') == 1

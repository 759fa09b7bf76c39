"""What people may see, and what the pages ask."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from detection.models import Entrance, Face, Photo
from detection.selectors import (
    active_model_version,
    active_model_versions,
    current_faces,
    day_counts,
    default_entrance,
    live_scan_workers,
    live_workers,
    may,
    next_to_look_at,
    recent_photos,
    visible_faces,
    visible_photos,
)
from tests.factories import (
    AdminFactory,
    EntranceFactory,
    FaceFactory,
    FinderVersionFactory,
    ModelVersionFactory,
    PhotoFactory,
    StaffFactory,
    UserFactory,
    WorkerFactory,
    finish,
)

pytestmark = pytest.mark.django_db


# --- what people may see ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("person", "sees"),
    [
        (AnonymousUser, 0),
        (UserFactory, 0),
        (lambda: UserFactory(permissions=["view_photo"]), 1),
        (StaffFactory, 1),
        (AdminFactory, 1),
        (lambda: AdminFactory(is_active=False), 0),
    ],
    ids=["stranger", "nobody", "viewer", "staff", "admin", "former admin"],
)
def test_photos_and_faces_are_seen_with_the_permission_only(person: Any, sees: int) -> None:
    PhotoFactory(labels=["mask"])
    someone = person()

    assert visible_photos(someone).count() == sees
    assert visible_faces(someone).count() == sees
    assert len(recent_photos(someone)) == sees
    assert day_counts(someone).total == sees
    assert may(someone, "view_photo") == bool(sees)


def test_faces_of_earlier_scans_are_history() -> None:
    old, new = ModelVersionFactory.create_batch(2)
    photo = PhotoFactory()
    finish(photo, ["no_mask"], old)
    finish(photo, ["mask", "mask"], new)

    assert Face.objects.count() == 3
    assert {face.model_version for face in visible_faces(AdminFactory())} == {new}
    assert [face.label for face in current_faces(photo)] == ["mask", "mask"]


def test_faces_of_another_finder_are_history_too() -> None:
    photo, version = PhotoFactory(labels=["mask"]), FinderVersionFactory()
    for finder in (version, FinderVersionFactory()):
        face = FaceFactory(photo=photo, model_version=photo.model_version, finder="ssd", finder_version=finder)
        assert not face.is_current
    assert [face.finder for face in current_faces(photo)] == ["haar"]

    photo.finder, photo.finder_version = "ssd", version
    photo.save()

    assert [face.finder_version for face in current_faces(photo)] == [version]
    assert list(Face.objects.current()) == list(current_faces(photo))
    assert [face.is_current for face in Face.objects.order_by("pk")] == [False, True, False]


def test_faces_stand_from_left_to_right() -> None:
    photo = PhotoFactory(labels=["mask", "no_mask", "unsure"])
    photo.faces.filter(label="mask").update(x=500)

    assert [face.label for face in current_faces(photo)] == ["no_mask", "unsure", "mask"]


# --- entrances, models, workers --------------------------------------------------------------------------------
def test_the_default_entrance_is_the_marked_one() -> None:
    EntranceFactory(name="Another")

    assert default_entrance().slug == "main"


def test_without_a_marked_entrance_the_first_one_takes_photos() -> None:
    Entrance.objects.update(is_default=False)
    EntranceFactory()

    assert default_entrance().slug == "main"


def test_the_active_model_version() -> None:
    assert active_model_version() is None
    ModelVersionFactory(status="retired")
    active, finder = ModelVersionFactory(status="active"), FinderVersionFactory(status="active")

    assert active_model_version() == active
    assert active_model_version("finder") == finder
    assert active_model_versions() == {"classifier": active, "finder": finder}


def test_workers_are_alive_while_their_sign_is_recent(settings: Any) -> None:
    settings.WORKER_SILENT_SECONDS = 20
    now = timezone.now()
    WorkerFactory(name="alive", seen_at=now - timedelta(seconds=19))
    WorkerFactory(name="silent", seen_at=now - timedelta(seconds=21))

    assert [worker.name for worker in live_workers(now)] == ["alive"]


def test_a_training_worker_scans_nothing() -> None:
    WorkerFactory(name="training", queues="training")
    WorkerFactory(name="rescan", queues="rescan")
    assert live_scan_workers() == []
    scan = WorkerFactory(name="scan", queues="default,scan")

    assert live_scan_workers() == [scan]


# --- photos to look at -----------------------------------------------------------------------------------------
def test_photos_to_look_at_come_oldest_first_and_round_again() -> None:
    admin = AdminFactory()
    first, second, third = (PhotoFactory(labels=[]) for _ in range(3))
    PhotoFactory(labels=["mask"])
    PhotoFactory(labels=[], look="nobody_there")
    PhotoFactory(status="waiting", verdict="no_face")

    assert list(visible_photos(admin).to_look_at()) == [first, second, third]
    assert [next_to_look_at(admin, photo) for photo in (first, second, third)] == [second, third, first]


def test_photos_received_at_the_same_moment_each_have_their_turn() -> None:
    admin = AdminFactory()
    PhotoFactory.create_batch(3, labels=[])
    Photo.objects.update(received_at=timezone.now())
    line = list(visible_photos(admin).to_look_at())

    assert [next_to_look_at(admin, photo) for photo in line] == [line[1], line[2], line[0]]


def test_nothing_is_next_when_only_this_one_is_left_or_nobody_may_see_it() -> None:
    photo = PhotoFactory(labels=[])
    PhotoFactory(labels=[])

    assert next_to_look_at(UserFactory(), photo) is None
    Photo.objects.exclude(pk=photo.pk).delete()
    assert next_to_look_at(AdminFactory(), photo) is None


# --- today -----------------------------------------------------------------------------------------------------
def test_each_photo_of_the_day_is_in_one_count() -> None:
    for labels in (["mask"], ["no_mask"], ["incorrect", "unsure"], ["unsure"], []):
        PhotoFactory(labels=labels)
    for status in ("waiting", "scanning", "failed"):
        PhotoFactory(status=status)

    counts = day_counts(AdminFactory())

    assert (counts.compliant, counts.flagged, counts.unsure, counts.no_face) == (1, 2, 1, 1)
    assert (counts.waiting, counts.failed, counts.total) == (2, 1, 8)


def test_a_photo_that_is_scanned_again_counts_as_waiting_only() -> None:
    PhotoFactory(labels=["no_mask"])
    Photo.objects.update(status="waiting")

    counts = day_counts(AdminFactory())

    assert (counts.flagged, counts.waiting, counts.total) == (0, 1, 1)


@pytest.mark.parametrize(
    ("received", "counted"),
    [
        ("2026-10-24T21:59:59", False),
        ("2026-10-24T22:00:00", True),  # midnight in Paris, in summer time
        ("2026-10-25T22:59:59", True),  # the day the clocks go back has 25 hours
        ("2026-10-25T23:00:00", False),
    ],
)
def test_the_day_is_the_school_s_own_also_when_the_clock_changes(received: str, counted: bool) -> None:
    photo = PhotoFactory(labels=["mask"])
    Photo.objects.filter(pk=photo.pk).update(received_at=datetime.fromisoformat(f"{received}+00:00"))

    with timezone.override(ZoneInfo("Europe/Paris")):
        counts = day_counts(AdminFactory(), datetime(2026, 10, 25, 12, tzinfo=UTC))

    assert bool(counts.compliant) == counted


def test_recent_photos_come_newest_first() -> None:
    photos = PhotoFactory.create_batch(4)

    assert list(recent_photos(AdminFactory(), limit=3)) == [photos[3], photos[2], photos[1]]

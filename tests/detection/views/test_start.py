import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from detection import tasks
from detection.models import Photo
from detection.views.start import BUSY_SECONDS, IDLE_SECONDS
from tests.factories import FinderVersionFactory, ModelVersionFactory, PhotoFactory, UserFactory, WorkerFactory

pytestmark = pytest.mark.django_db


def start(client: Client) -> str:
    return client.get(reverse("detection:start")).content.decode()


def count_of(page: str, kind: str) -> int:
    found = re.search(rf'class="count kind-{kind}".*?<strong>(\d+)</strong>', page, re.DOTALL)
    assert found, f"no count of {kind} on the page"
    return int(found[1])


def test_today_is_counted_by_what_came_out(staff_client: Client) -> None:
    for labels in (["mask"], ["mask", "mask"], ["mask", "no_mask"], ["unsure"], []):
        PhotoFactory(labels=labels)
    PhotoFactory()
    PhotoFactory(status=Photo.Status.SCANNING)

    page = start(staff_client)

    kinds = ["compliant", "violation", "unsure", "no_face", "waiting"]
    assert [count_of(page, kind) for kind in kinds] == [2, 1, 1, 1, 2]
    assert "Photos of today: 2 compliant, 1 flagged, 1 unsure, 1 no face found, 2 waiting" in page
    assert "kind-failed" not in page


def test_yesterday_is_not_today(staff_client: Client) -> None:
    photo = PhotoFactory(labels=["mask"])
    Photo.objects.filter(pk=photo.pk).update(received_at=timezone.now() - timedelta(days=1))

    page = start(staff_client)

    assert count_of(page, "compliant") == 0
    assert str(photo.pk) in page  # still among the newest photos


def test_failed_photos_are_counted_when_there_are_any(staff_client: Client) -> None:
    PhotoFactory(status=Photo.Status.FAILED, failure_code="crashed", failure_detail="It crashed.")

    assert count_of(start(staff_client), "failed") == 1


def test_an_empty_school_is_told_what_to_do(staff_client: Client) -> None:
    page = start(staff_client)

    assert "No photos yet" in page
    assert "Try it with sample pictures" in page
    assert reverse("detection:upload") in page


def test_who_may_not_upload_is_offered_nothing_to_upload(client: Client) -> None:
    client.force_login(UserFactory(permissions=["view_photo"]))

    page = start(client)

    assert "No photos yet" in page
    assert "Try it with sample pictures" not in page
    assert reverse("detection:upload") not in page


def test_all_is_well_in_words(staff_client: Client) -> None:
    WorkerFactory()
    WorkerFactory()
    ModelVersionFactory(name="starter 12ab", status="active")
    FinderVersionFactory(name="finder 34cd", status="active")

    page = start(staff_client)

    assert "finder 34cd finds the faces." in page
    assert "2 are running." in page
    assert "Answers." in page
    assert "starter 12ab judges the faces." in page
    assert "part-down" not in page


def test_what_does_not_work_is_said_with_what_follows(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "reach_broker", lambda: False)
    WorkerFactory(seen_at=timezone.now() - timedelta(minutes=5))
    WorkerFactory(queues="training")

    page = start(staff_client)

    assert "None is running. Photos wait until one starts." in page
    assert "Does not answer. Photos wait and are scanned when it is back." in page
    assert "None is active." in page
    assert "Ours is not active, so photos wait." in page


@pytest.mark.parametrize(
    ("finder", "says"), [("haar", "In use: Haar cascades."), ("eyes", "There is none called eyes. Photos wait.")]
)
def test_the_finder_is_named(staff_client: Client, settings: Any, finder: str, says: str) -> None:
    settings.FACE_FINDER = finder

    assert says in start(staff_client)


def test_the_broker_is_not_asked_for_every_page(staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(tasks, "reach_broker", lambda: bool(asked.append(True)))

    start(staff_client)
    start(staff_client)

    assert len(asked) == 1


def test_the_living_part_asks_often_only_while_something_is_open(staff_client: Client) -> None:
    PhotoFactory(labels=["mask"])
    assert f'hx-trigger="every {IDLE_SECONDS}s' in start(staff_client)

    PhotoFactory()
    assert f'hx-trigger="every {BUSY_SECONDS}s' in start(staff_client)


def test_nothing_is_sent_again_while_nothing_changes(staff_client: Client) -> None:
    PhotoFactory()
    found = re.search(r'hx-get="([^"]+)"', start(staff_client))
    assert found

    assert staff_client.get(found[1]).status_code == 204

    new = PhotoFactory(labels=["no_mask"])
    answer = staff_client.get(found[1])
    assert answer.status_code == 200
    assert str(new.pk) in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_part_that_renews_itself_holds_no_token(staff_client: Client) -> None:
    assert "csrfmiddlewaretoken" not in staff_client.get(reverse("detection:start_live")).content.decode()


def test_names_are_text_not_markup(staff_client: Client) -> None:
    ModelVersionFactory(name="<script>alert(1)</script>", status="active")

    assert "<script>alert" not in start(staff_client)


@pytest.mark.parametrize("photos", [1, 12])
def test_the_number_of_queries_does_not_grow(
    staff_client: Client, photos: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(photos):
        PhotoFactory(labels=["mask", "no_mask"])

    # session, person, 2 of permissions, counts, photos to look at, photos, workers, models, settings
    with django_assert_max_num_queries(10):
        start(staff_client)

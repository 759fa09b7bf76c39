from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from detection.models import Photo
from detection.services import claiming
from tests.factories import PhotoFactory

pytestmark = pytest.mark.django_db


def test_a_claimed_photo_is_claimed_by_nobody_else() -> None:
    photo = PhotoFactory()

    first = claiming.claim_photos([photo.pk])
    second = claiming.claim_photos([photo.pk])

    assert [claimed.pk for claimed in first] == [photo.pk]
    assert second == []


def test_a_claim_takes_other_waiting_photos_along_up_to_a_chunk(settings) -> None:
    settings.SCAN_CHUNK = 3
    photos = PhotoFactory.create_batch(5)

    claimed = claiming.claim_photos([photos[4].pk])

    assert {photo.pk for photo in claimed} == {photos[4].pk, photos[0].pk, photos[1].pk}
    assert Photo.objects.waiting().count() == 2


def test_a_photo_tried_before_is_taken_alone() -> None:
    fresh = PhotoFactory()
    tried = PhotoFactory(attempts=1)

    assert [photo.pk for photo in claiming.claim_photos([])] == [fresh.pk]
    assert [photo.pk for photo in claiming.claim_photos([])] == [tried.pk]


def test_a_photo_tried_before_is_not_kept_waiting_by_fresh_ones() -> None:
    tried = PhotoFactory(attempts=1)
    fresh = PhotoFactory()

    assert [photo.pk for photo in claiming.claim_photos([])] == [tried.pk]
    assert [photo.pk for photo in claiming.claim_photos([])] == [fresh.pk]


def test_two_photos_tried_before_are_taken_one_after_the_other() -> None:
    PhotoFactory.create_batch(2, attempts=1)

    assert len(claiming.claim_photos([])) == 1
    assert len(claiming.claim_photos([])) == 1
    assert claiming.claim_photos([]) == []


@pytest.mark.parametrize("status", ["scanning", "done", "failed"])
def test_a_message_for_a_photo_that_does_not_wait_claims_nothing(status: str) -> None:
    photo = PhotoFactory(status=status)

    assert claiming.claim_photos([photo.pk]) == []
    photo.refresh_from_db()
    assert photo.status == status


def test_a_photo_given_back_waits_and_keeps_its_attempt() -> None:
    PhotoFactory()
    claimed = claiming.claim_photos([])

    claiming.give_back(claimed)

    photo = Photo.objects.get()
    assert (photo.status, photo.attempts, photo.claim) == ("waiting", 1, None)


def test_a_photo_given_back_untried_is_as_it_was() -> None:
    PhotoFactory()
    claimed = claiming.claim_photos([])

    claiming.give_back(claimed, tried=False)

    photo = Photo.objects.get()
    assert (photo.status, photo.attempts) == ("waiting", 0)


def test_a_failure_is_recorded_with_its_reason() -> None:
    PhotoFactory()
    (photo,) = claiming.claim_photos([])

    assert claiming.fail(photo, "damaged", "The file is cut off.")

    photo.refresh_from_db()
    assert photo.status == Photo.Status.FAILED
    assert photo.failure == {"code": "damaged", "detail": "The file is cut off."}


def test_a_worker_whose_lease_ran_out_cannot_fail_the_photo_any_more() -> None:
    PhotoFactory()
    (late,) = claiming.claim_photos([])
    expire_leases()
    claiming.release_expired()
    claiming.claim_photos([])

    assert not claiming.fail(late, "damaged", "The file is cut off.")
    assert Photo.objects.get().status == Photo.Status.SCANNING


def test_photos_of_a_dead_worker_wait_again() -> None:
    PhotoFactory.create_batch(3)
    claiming.claim_photos([])
    expire_leases()

    assert claiming.release_expired() == 3
    assert Photo.objects.waiting().count() == 3


def test_photos_of_a_living_worker_are_left_alone() -> None:
    PhotoFactory()
    claiming.claim_photos([])

    assert claiming.release_expired() == 0
    assert Photo.objects.get().status == Photo.Status.SCANNING


def test_a_photo_that_keeps_killing_workers_is_put_aside_with_a_reason(settings) -> None:
    PhotoFactory()
    for _ in range(settings.SCAN_MAX_ATTEMPTS):
        assert len(claiming.claim_photos([])) == 1
        expire_leases()
        claiming.release_expired()

    photo = Photo.objects.get()
    assert photo.status == Photo.Status.FAILED
    assert photo.failure_code == "crashed"
    assert "delete it" in photo.failure_detail


def test_the_longest_waiting_photos_are_asked_for_first() -> None:
    photos = PhotoFactory.create_batch(3)

    assert claiming.waiting_ids(2) == [str(photos[0].pk), str(photos[1].pk)]


def expire_leases() -> None:
    Photo.objects.filter(status="scanning").update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by how many rows there are")
def test_a_claim_finds_the_few_that_wait_among_a_hundred_thousand_by_an_index() -> None:
    plan = Photo.objects.waiting().order_by("received_at")[:8].explain()

    assert "USING INDEX photo_status" in plan

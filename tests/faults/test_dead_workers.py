"""Workers that are killed while they scan: no photo is lost, none gets its faces twice."""

import signal

import pytest

from tests.faults.conftest import BOTH_DATABASES
from tests.faults.installation import Installation, kill_child, kill_group, wait_until

pytestmark = pytest.mark.slow


@BOTH_DATABASES
def test_a_scan_worker_killed_in_the_middle_of_a_hundred_photos(installation: Installation) -> None:
    installation.start_redis()
    installation.start_beat()
    worker = installation.start_worker()
    installation.take_in(100)
    wait_until(lambda: installation.done() >= 20, "20 photos are done")

    kill_group(worker)
    assert installation.done() < 100
    installation.start_worker()

    assert_each_judged_once(installation, 100)


@BOTH_DATABASES
def test_the_scanning_child_killed_while_its_parent_lives(installation: Installation) -> None:
    installation.start_redis()
    installation.start_beat()
    worker = installation.start_worker()
    installation.take_in(100)
    for photos in (20, 50):
        wait_until(lambda photos=photos: installation.done() >= photos, f"{photos} photos are done")
        kill_child(worker)

    assert_each_judged_once(installation, 100)
    assert worker.poll() is None


def test_a_photo_that_kills_every_worker_is_put_aside_and_the_others_are_done(installation: Installation) -> None:
    installation.start_redis()
    installation.start_beat()
    installation.start_worker()
    installation.take_in(10, killers=1)

    wait_until(lambda: installation.counts() == {"done": 10, "failed": 1}, "all but the killer are done")

    assert installation.database.rows("SELECT failure_code, attempts FROM detection_photo WHERE status = 'failed'") == [
        ("crashed", 3)
    ]
    assert installation.faces_per_photo() == [1] * 10


def test_a_worker_stopped_in_order_finishes_what_it_scans(installation: Installation) -> None:
    installation.start_redis()
    worker = installation.start_worker()
    installation.take_in(100)
    wait_until(lambda: installation.done() >= 10, "10 photos are done")

    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=60)

    assert installation.counts().get("scanning", 0) == 0
    assert installation.done() < 100


def assert_each_judged_once(installation: Installation, photos: int) -> None:
    wait_until(lambda: installation.counts() == {"done": photos}, f"all {photos} photos are done")
    assert installation.faces_per_photo() == [1] * photos
    assert installation.crop_files() == photos
    assert installation.most_attempts() <= 3

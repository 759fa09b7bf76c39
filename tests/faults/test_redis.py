"""Redis that restarts, is away, or forgets everything: the rows are the queue, and each photo is scanned once."""

import json
import signal
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.factories import picture
from tests.faults.conftest import BOTH_DATABASES
from tests.faults.installation import Installation, restart_redis, wait_until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL], ids=["in order", "killed"])
def test_redis_restarts_in_the_middle_of_a_hundred_photos(installation: Installation, sign: signal.Signals) -> None:
    redis = installation.start_redis()
    installation.start_beat()
    installation.start_worker()
    installation.take_in(100)
    wait_until(lambda: installation.done() >= 20, "20 photos are done")

    restart_redis(installation, redis, sign)

    assert_all_judged_once(installation, 100)


def test_photos_taken_in_while_redis_is_away_are_scanned_when_it_is_back(installation: Installation) -> None:
    redis = installation.start_redis()
    installation.start_beat()
    installation.start_worker()
    wait_until(lambda: worker_rows(installation) == 1, "the worker gives a sign of life")
    redis.terminate()
    redis.wait()

    said = installation.take_in(10)
    assert "10 photos were taken in." in said
    assert "they are scanned when it is back" in said
    assert installation.counts() == {"waiting": 10}

    installation.start_redis()
    assert_all_judged_once(installation, 10)


def test_an_upload_while_redis_is_away_is_answered_and_the_ready_check_says_so(installation: Installation) -> None:
    redis = installation.start_redis()
    installation.start_beat()
    installation.start_worker()
    web = Web(installation.start_web(), installation.manage("drf_create_token", "somebody").split()[2])
    wait_until(lambda: web.ask("/readyz")[0] == 200, "everything is ready")
    redis.kill()
    redis.wait()

    answers = [web.upload(picture(80 + number)) for number in range(5)]

    assert [status for status, _ in answers] == [202] * 5
    assert [body["status"] for _, body in answers] == ["waiting"] * 5
    status, body = web.ask("/readyz")
    assert status == 503
    assert body["parts"]["broker"]["ready"] is False
    installation.start_redis()
    assert_all_judged_once(installation, 5)
    wait_until(lambda: web.ask("/readyz")[0] == 200, "everything is ready again")


class Web:
    """The web server, asked as a program asks it; ten seconds without an answer are an error."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Token {self.token}", "Content-Type": kind}
        request = Request(self.address + path, body, {name: text for name, text in headers.items() if text})  # noqa: S310
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except HTTPError as answer:
            return answer.code, json.load(answer)

    def upload(self, photo: bytes) -> tuple[int, Any]:
        head = b'--part\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
        return self.ask("/api/v1/photos/", head + photo + b"\r\n--part--\r\n", "multipart/form-data; boundary=part")


def test_messages_that_redis_lost_are_sent_again(installation: Installation) -> None:
    installation.start_redis()
    worker = installation.start_worker()
    wait_until(lambda: worker_rows(installation) == 1, "the worker gives a sign of life")
    worker.send_signal(signal.SIGSTOP)
    installation.take_in(10)
    installation.redis().flushall()
    worker.send_signal(signal.SIGCONT)

    installation.start_beat()

    assert_all_judged_once(installation, 10)


@BOTH_DATABASES
def test_the_same_message_again_and_again_judges_each_photo_once(installation: Installation) -> None:
    installation.start_redis()
    installation.take_in(30)
    ids = installation.ids()
    for _ in range(10):
        send(installation, ids)

    for node in ("first", "second"):
        installation.start_worker(node=node)

    assert_all_judged_once(installation, 30)
    wait_until(lambda: installation.redis().llen("scan") == 0, "no message is left")
    assert len(installation.journal_lines()) == 30
    assert installation.most_attempts() == 1


def send(installation: Installation, ids: list[str]) -> None:
    from celery import Celery

    with Celery(broker=installation.environment["MASKWEB_BROKER_URL"], set_as_current=False) as sender:
        for start in range(0, len(ids), 4):
            sender.send_task("detection.tasks.scan_photos", args=[ids[start : start + 4]], queue="scan")


def worker_rows(installation: Installation) -> int:
    return installation.database.rows("SELECT count(*) FROM detection_worker")[0][0]


def assert_all_judged_once(installation: Installation, photos: int) -> None:
    wait_until(lambda: installation.counts() == {"done": photos}, f"all {photos} photos are done")
    assert installation.faces_per_photo() == [1] * photos
    assert installation.crop_files() == photos

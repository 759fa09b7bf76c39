from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from detection.models import Face, Photo
from tests.factories import (
    FaceFactory,
    FinderVersionFactory,
    ModelVersionFactory,
    PhotoFactory,
    finish,
    searched_by_ours,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/photos/"
QueryLimit = Callable[[int], Any]


def address(photo: Photo) -> str:
    return f"{URL}{photo.pk}/"


def test_a_scanned_photo_is_told_with_every_face(api: APIClient) -> None:
    photo = PhotoFactory(labels=["mask", "no_mask"])
    left, right = Face.objects.order_by("x")

    assert api.get(address(photo)).json() == {
        "id": str(photo.pk),
        "status": "done",
        "url": f"http://testserver{address(photo)}",
        "entrance": photo.entrance.slug,
        "taken_at": photo.taken_at.isoformat().replace("+00:00", "Z"),
        "received_at": photo.received_at.isoformat().replace("+00:00", "Z"),
        "width": 320,
        "height": 240,
        "verdict": "violation",
        "look": None,
        "summary": {"mask": 1, "no_mask": 1, "incorrect": 0, "unsure": 0},
        "failure": None,
        "model_version": photo.model_version.name,
        "finder": "haar",
        "finder_version": None,
        "image": f"http://testserver{address(photo)}image/",
        "annotated": f"http://testserver{address(photo)}image/?annotated=1",
        "faces": [told(left), told(right)],
    }


def told(face: Face) -> dict[str, Any]:
    return {
        "id": face.pk,
        "box": [face.x, face.y, face.width, face.height],
        "label": face.label,
        "score": face.score,
        "scores": face.scores,
        "judged_by": "classifier",
        "finder": "haar",
        "finder_score": 5.0,
        "finder_version": None,
        "model_version": face.model_version.name,
    }


def test_a_face_that_our_own_finder_found_names_its_version(api: APIClient) -> None:
    version = FinderVersionFactory(name="finder 12ab")
    photo = searched_by_ours("both", version=version)

    answer = api.get(address(photo)).json()

    assert (answer["finder"], answer["finder_version"]) == ("ssd", "finder 12ab")
    (face,) = answer["faces"]
    assert (face["finder"], face["finder_score"], face["finder_version"]) == ("ssd", 0.93, "finder 12ab")
    assert face["judged_by"] == "both"


def test_a_photo_that_waits_has_no_verdict_yet(api: APIClient) -> None:
    answer = api.get(address(PhotoFactory())).json()

    assert (answer["status"], answer["verdict"], answer["model_version"]) == ("waiting", None, None)
    assert (answer["finder"], answer["finder_version"]) == (None, None)
    assert (answer["faces"], answer["failure"]) == ([], None)
    assert set(answer["summary"].values()) == {0}


def test_no_face_found_is_a_verdict_of_its_own(api: APIClient) -> None:
    answer = api.get(address(PhotoFactory(labels=[]))).json()

    assert (answer["verdict"], answer["faces"]) == ("no_face", [])


def test_a_photo_that_failed_says_why(api: APIClient) -> None:
    photo = PhotoFactory(status="failed", failure_code="crashed", failure_detail="It stopped the worker.")

    answer = api.get(address(photo)).json()

    assert answer["failure"] == {"code": "crashed", "detail": "It stopped the worker."}
    assert answer["verdict"] is None


def test_faces_that_an_earlier_model_found_are_not_told(api: APIClient) -> None:
    photo = PhotoFactory(labels=["no_mask"])
    Face.objects.update(model_version=ModelVersionFactory())
    finish(photo, ["mask"], photo.model_version)

    assert [face["label"] for face in api.get(address(photo)).json()["faces"]] == ["mask"]


def test_a_photo_is_read_in_as_many_queries_however_many_faces(
    api: APIClient, django_assert_num_queries: QueryLimit
) -> None:
    photo = PhotoFactory(labels=["mask"] * 30)

    with django_assert_num_queries(5):  # token, two for permissions, photo, faces
        assert len(api.get(address(photo)).json()["faces"]) == 30


def test_an_unknown_photo_is_404(api: APIClient) -> None:
    answer = api.get(f"{URL}{uuid4()}/")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_deleting_takes_pictures_and_faces_along(
    api: APIClient, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    photo = PhotoFactory(labels=["mask"])
    face = photo.faces.get()
    files = [photo.image, photo.thumbnail, face.crop]
    assert all(file.storage.exists(file.name) for file in files)

    with django_capture_on_commit_callbacks(execute=True):
        answer = api.delete(address(photo))

    assert (answer.status_code, answer.content) == (204, b"")
    assert not any(file.storage.exists(file.name) for file in files)
    assert (Photo.objects.count(), Face.objects.count()) == (0, 0)
    assert api.get(address(photo)).status_code == 404


def test_deleting_leaves_other_photos_alone(api: APIClient) -> None:
    photo, other = PhotoFactory(), PhotoFactory()
    api.delete(address(photo))

    assert list(Photo.objects.all()) == [other]


def test_deleting_twice_is_404(api: APIClient) -> None:
    photo = PhotoFactory()

    assert [api.delete(address(photo)).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize("permissions", [["view_photo"], ["view_photo", "add_photo", "change_photo"]])
def test_who_may_not_delete_is_told_so(api_with: Callable[..., APIClient], permissions: list[str]) -> None:
    photo = PhotoFactory()

    answer = api_with(*permissions).delete(address(photo))

    assert answer.status_code == 403
    assert Photo.objects.filter(pk=photo.pk).exists()


def test_who_may_delete_but_not_see_finds_nothing_to_delete(api_with: Callable[..., APIClient]) -> None:
    photo = PhotoFactory()

    assert api_with("delete_photo").delete(address(photo)).status_code == 404
    assert Photo.objects.filter(pk=photo.pk).exists()


def test_a_done_photo_waits_again_keeps_its_result_and_wakes_a_worker(
    api: APIClient, woken: list[str], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    photo = PhotoFactory(labels=["mask"])
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post(f"{address(photo)}scan/")

    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["verdict"]) == ("waiting", "compliant")
    assert len(answer.json()["faces"]) == 1
    assert woken == [str(photo.pk)]


def test_a_failed_photo_gets_another_chance(api: APIClient) -> None:
    photo = PhotoFactory(status="failed", attempts=3, failure_code="crashed", failure_detail="It stopped the worker.")
    answer = api.post(f"{address(photo)}scan/").json()
    photo.refresh_from_db()

    assert (answer["status"], answer["failure"], photo.attempts) == ("waiting", None, 0)


@pytest.mark.parametrize("status", ["waiting", "scanning"])
def test_a_photo_that_is_on_its_way_is_left_alone(
    api: APIClient, woken: list[str], status: str, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    photo = PhotoFactory(status=status)
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post(f"{address(photo)}scan/")

    assert (answer.status_code, answer.json()["status"]) == (202, status)
    assert woken == []


def test_who_may_not_change_photos_scans_nothing_again(api_with: Callable[..., APIClient]) -> None:
    photo = PhotoFactory(labels=["mask"])

    assert api_with("view_photo").post(f"{address(photo)}scan/").status_code == 403
    assert Photo.objects.get().status == "done"


def test_a_browser_needs_the_csrf_token_to_scan_again_or_delete(staff_client: Client, staff: Any) -> None:
    photo = PhotoFactory(labels=["mask"])
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff)

    assert browser.get(address(photo)).status_code == 200
    assert browser.post(f"{address(photo)}scan/").status_code == 403
    assert browser.delete(address(photo)).status_code == 403
    assert Photo.objects.get().status == "done"


def test_a_face_of_another_photo_is_not_told_here(api: APIClient) -> None:
    photo = PhotoFactory(labels=["mask"])
    FaceFactory(photo=PhotoFactory(), model_version=photo.model_version, label="no_mask")

    assert [face["label"] for face in api.get(address(photo)).json()["faces"]] == ["mask"]

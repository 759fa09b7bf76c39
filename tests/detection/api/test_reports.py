from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from detection.models import Entrance, ModelVersion
from tests.factories import EntranceFactory, FinderVersionFactory, ModelVersionFactory, PhotoFactory, SchoolFactory

pytestmark = pytest.mark.django_db
QueryLimit = Callable[[int], Any]
REPORT = "/api/v1/report/"


def test_the_report_counts_photos_by_what_came_out_and_people_by_label(api: APIClient) -> None:
    for labels in (["mask", "mask"], ["mask", "no_mask"], ["incorrect"], ["unsure"], []):
        PhotoFactory(labels=labels)
    PhotoFactory()
    PhotoFactory(status="failed", failure_code="crashed")

    answer = api.get(REPORT).json()
    faces = answer.pop("flagged_faces")

    assert answer == {
        "start": None,
        "end": None,
        "entrance": None,
        "photos": 7,
        "compliant": 1,
        "violation": 2,
        "unsure_photos": 1,
        "no_face": 1,
        "no_face_looked_at": 0,
        "no_face_people_missed": 0,
        "waiting": 1,
        "failed": 1,
        "people": 6,
        "mask": 3,
        "no_mask": 1,
        "incorrect": 1,
        "unsure": 1,
        "flagged": 2,
        "compliance_rate": 0.6,
    }
    assert {face["label"] for face in faces} == {"no_mask", "incorrect"}


def test_nobody_judged_with_certainty_means_no_rate(api: APIClient) -> None:
    PhotoFactory(labels=["unsure"])

    assert api.get(REPORT).json()["compliance_rate"] is None


def test_a_flagged_face_names_its_photo_place_and_time(api: APIClient) -> None:
    photo = PhotoFactory(labels=["no_mask"], entrance=EntranceFactory(slug="north"))
    face = photo.faces.get()

    (told,) = api.get(REPORT).json()["flagged_faces"]

    assert (told["id"], told["photo"], told["entrance"]) == (face.pk, str(photo.pk), "north")
    assert told["box"] == face.box
    assert told["model_version"] == face.model_version.name
    assert api.get(told["url"]).json()["taken_at"] == told["taken_at"]


def test_the_report_covers_the_days_and_the_entrance_asked_for(api: APIClient) -> None:
    north, south = EntranceFactory(slug="north"), EntranceFactory(slug="south")
    for day in (1, 2, 3):
        PhotoFactory(labels=["no_mask"], entrance=north, taken_at=f"2026-03-0{day}T12:00:00Z")
    PhotoFactory(labels=["mask"], entrance=south, taken_at="2026-03-02T12:00:00Z")

    answer = api.get(REPORT, {"start": "2026-03-02", "end": "2026-03-03", "entrance": "north"}).json()

    assert (answer["start"], answer["end"], answer["entrance"]) == ("2026-03-02", "2026-03-03", "north")
    assert (answer["photos"], answer["mask"], answer["no_mask"]) == (2, 0, 2)
    assert len(answer["flagged_faces"]) == 2


def test_only_the_latest_flagged_faces_come_along(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection.api.reports.MOST_FACES", 2)
    PhotoFactory(labels=["no_mask"] * 3)

    answer = api.get(REPORT).json()

    assert (answer["flagged"], len(answer["flagged_faces"])) == (3, 2)


def test_a_report_takes_five_queries_however_much_there_is(
    api: APIClient, django_assert_num_queries: QueryLimit
) -> None:
    for _ in range(5):
        PhotoFactory(labels=["no_mask", "incorrect"])

    with django_assert_num_queries(5):  # token, two for permissions, counts, faces
        assert len(api.get(REPORT).json()["flagged_faces"]) == 10


@pytest.mark.parametrize(
    ("name", "value"),
    [("start", "soon"), ("end", "2026-02-30"), ("entrance", "nowhere"), ("entrance", "\0")],
)
def test_a_span_nobody_understands_is_refused_by_name(api: APIClient, name: str, value: str) -> None:
    answer = api.get(REPORT, {name: value})

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{name}: ")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_report_to_the_ends_of_the_calendar(api: APIClient, day: str) -> None:
    assert api.get(REPORT, {"start": day, "end": day}).json()["photos"] == 0


def test_entrances_are_listed_with_their_short_names(api: APIClient, django_assert_num_queries: QueryLimit) -> None:
    Entrance.objects.all().delete()
    for school in (SchoolFactory(name="Lindenhof"), SchoolFactory(name="Birkenhof")):
        EntranceFactory(school=school, name="Main door", slug=f"{school.name}-main".lower())

    with django_assert_num_queries(4):
        answer = api.get("/api/v1/entrances/").json()

    assert answer == [
        {"slug": "birkenhof-main", "name": "Main door", "school": "Birkenhof", "is_default": False},
        {"slug": "lindenhof-main", "name": "Main door", "school": "Lindenhof", "is_default": False},
    ]


@pytest.mark.parametrize("permission", ["view_photo", "add_photo"])
def test_who_sends_photos_may_know_the_entrances(api_with: Callable[..., APIClient], permission: str) -> None:
    assert api_with(permission).get("/api/v1/entrances/").status_code == 200


def test_models_are_listed_with_what_they_reached(api: APIClient) -> None:
    ModelVersionFactory(name="old", status=ModelVersion.Status.RETIRED)
    FinderVersionFactory(name="finder", status=ModelVersion.Status.ACTIVE)
    version = ModelVersionFactory(
        name="starter", status=ModelVersion.Status.ACTIVE, is_starter=True, metrics={"accuracy": 0.99}, spec={"a": [1]}
    )

    newest, finder, old = api.get("/api/v1/models/").json()

    assert (old["name"], old["status"], old["active"]) == ("old", "retired", False)
    assert (finder["name"], finder["role"], finder["active"]) == ("finder", "finder", True)
    assert newest == {
        "name": "starter",
        "role": "classifier",
        "status": "active",
        "active": True,
        "is_starter": True,
        "architecture": "slim_vgg16",
        "sha256": version.sha256,
        "spec": {"a": [1]},
        "metrics": {"accuracy": 0.99},
        "created_at": version.created_at.isoformat().replace("+00:00", "Z"),
        "activated_at": None,
    }

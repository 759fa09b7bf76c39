"""The description of the API: current, complete, and readable under a policy that allows no inline script."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from tests.factories import PhotoFactory
from tests.requirements import ROOT

KEPT = ROOT / "docs" / "openapi.yaml"


@pytest.fixture
def generated(tmp_path: Path) -> str:
    file = tmp_path / "openapi.yaml"
    with translation.override("en"):
        call_command("spectacular", file=str(file), validate=True, fail_on_warn=True)
    return file.read_text(encoding="utf-8")


def test_the_kept_description_is_the_one_the_code_gives(generated: str) -> None:
    assert KEPT.read_text(encoding="utf-8") == generated, (
        "Run `.venv/bin/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml`."
    )


def test_every_operation_says_what_it_refuses_and_how(generated: str) -> None:
    description = yaml.safe_load(generated)
    operations = [operation for path in description["paths"].values() for operation in path.values()]

    assert len(operations) == 13
    for operation in operations:
        assert {"401", "403", "503"} <= operation["responses"].keys()
        for status, response in operation["responses"].items():
            if status >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}


def test_every_operation_is_explained(generated: str) -> None:
    paths = yaml.safe_load(generated)["paths"]

    assert [path for path, item in paths.items() for about in item.values() if not about.get("description")] == []


@pytest.mark.django_db
def test_the_description_is_served_to_people_and_programs_that_are_known(
    api: APIClient, staff_client: Client, stranger: APIClient
) -> None:
    for client in (api, staff_client):
        answer = client.get("/api/schema/")
        assert answer.status_code == 200
        assert yaml.safe_load(answer.content)["info"]["title"] == "maskweb API"
    assert stranger.get("/api/schema/").status_code == 401


@pytest.mark.django_db
def test_a_stranger_who_wants_to_read_the_docs_is_led_to_the_sign_in_page(stranger: APIClient) -> None:
    answer = stranger.get("/api/docs/")

    assert answer.status_code == 302
    assert answer["Location"].endswith("?next=/api/docs/")


@pytest.mark.django_db
def test_the_docs_page_has_nothing_inline_and_nothing_from_elsewhere(staff_client: Client) -> None:
    page = staff_client.get("/api/docs/").content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert "<style" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert len(sources) == 6
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)


@pytest.mark.django_db
def test_what_the_docs_page_loads_is_in_the_wheel(staff_client: Client) -> None:
    page = staff_client.get("/api/docs/").content.decode()
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', page)

    assert len(files) == 4
    assert [file for file in files if not finders.find(file)] == []


@pytest.mark.django_db
def test_the_script_that_starts_the_docs_comes_from_an_address_of_its_own(staff_client: Client) -> None:
    answer = staff_client.get("/api/docs/?script=")

    assert answer["Content-Type"].startswith("application/javascript")
    assert b'url: "/api/schema/"' in answer.content


@pytest.mark.django_db
def test_the_docs_page_is_under_the_same_policy_as_every_page(staff_client: Client) -> None:
    policies = {staff_client.get(url)["Content-Security-Policy"] for url in ("/api/docs/", "/healthz")}

    assert len(policies) == 1
    assert "unsafe" not in policies.pop()


def test_the_guide_names_every_operation_and_no_other(generated: str) -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([A-Z]+ /\S+)` \|", guide, re.MULTILINE))
    paths = yaml.safe_load(generated)["paths"]

    assert named == {f"{method.upper()} {path}" for path, item in paths.items() for method in item}


@pytest.mark.django_db
def test_the_guides_result_has_the_fields_of_a_real_one(api: APIClient) -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    shown = json.loads(re.search(r"```json\n(.*?)```", guide, re.DOTALL).group(1))
    real = api.get(f"/api/v1/photos/{PhotoFactory(labels=['mask', 'no_mask']).pk}/").json()

    assert list(shown) == list(real)
    assert [list(face) for face in shown["faces"]] == [list(face) for face in real["faces"]]


def test_the_guide_knows_the_codes_that_the_api_makes_up_itself() -> None:
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "detection" / "api").glob("*.py"))
    codes = set(re.findall(r'Refused\(\d+, "(\w+)"|code="(\w+)"', source))

    assert len(codes) >= 10
    assert [code for pair in codes for code in pair if code and f"`{code}`" not in guide] == []

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from detection.models import ModelVersion, ScanSettings
from detection.selectors import chosen_finder
from detection.services.finders import choose_finder
from tests.factories import FinderVersionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def finder() -> ModelVersion:
    """Our own finder, with weights, active."""
    version = FinderVersionFactory(status="active")
    version.weights.save("finder.safetensors", ContentFile(b"weights"))
    return version


def show(client: Client) -> str:
    return re.sub(r"\s+", " ", client.get(reverse("detection:settings")).content.decode())


def choose(client: Client, **sent: str) -> Any:
    return client.post(reverse("detection:settings"), sent)


def radio(page: str, value: str) -> str:
    found = re.search(rf'<input type="radio" name="face_finder" value="{value}"[^>]*>', page)
    assert found, f"nothing to choose {value!r} with"
    return found[0]


class TestPage:
    def test_each_finder_is_explained_and_the_one_in_use_is_marked(self, admin_client: Client) -> None:
        page = show(admin_client)

        assert "Our own finder" in page
        assert "Misses many faces" in page
        assert page.count("in use</span>") == 1
        assert "checked" in radio(page, "")
        assert "MASKWEB_FACE_FINDER names: our own finder." in page
        assert "Last changed" not in page

    def test_yunet_is_not_offered_until_it_is_set_up_and_the_page_says_how(
        self, admin_client: Client, settings: Any
    ) -> None:
        page = show(admin_client)
        assert "disabled" in radio(page, "yunet")
        assert "set MASKWEB_YUNET_FILE and MASKWEB_YUNET_SHA256" in page

        settings.YUNET_FILE, settings.YUNET_SHA256 = "yunet.onnx", "00"

        page = show(admin_client)
        assert "disabled" not in radio(page, "yunet")
        assert "MASKWEB_YUNET_FILE" not in page

    def test_our_own_is_not_offered_without_its_weights(self, admin_client: Client, finder: ModelVersion) -> None:
        finder.weights.storage.delete(finder.weights.name)

        page = show(admin_client)

        assert "disabled" in radio(page, "ssd")
        assert "Its weights are missing." in page

    def test_an_environment_that_names_no_finder_is_told(self, admin_client: Client, settings: Any) -> None:
        settings.FACE_FINDER = "<eyes>"

        page = show(admin_client)

        assert "There is no face finder called “&lt;eyes&gt;”. Photos wait." in page

    def test_it_says_who_changed_it_last(self, admin_client: Client) -> None:
        choose_finder("haar", UserFactory(username="ann"))

        assert "Last changed by ann ·" in show(admin_client)

    def test_who_changed_it_may_be_gone(self, admin_client: Client) -> None:
        person = UserFactory()
        choose_finder("haar", person)
        person.delete()

        assert "Last changed ·" in show(admin_client)


class TestChoosing:
    def test_a_choice_is_kept_and_told(self, admin_client: Client, admin_user: User) -> None:
        answer = choose(admin_client, face_finder="haar")

        assert answer.status_code == 302
        page = show(admin_client)
        assert "From the next photo on, faces are found by: Haar cascades." in page
        assert "checked" in radio(page, "haar")
        assert (chosen_finder(), ScanSettings.objects.get().changed_by) == ("haar", admin_user)

    def test_it_can_be_left_to_the_environment_again(self, admin_client: Client, admin_user: User) -> None:
        choose_finder("haar", admin_user)

        choose(admin_client, face_finder="")

        assert chosen_finder() == "ssd"

    @pytest.mark.parametrize(
        ("sent", "says"),
        [
            ({"face_finder": "eyes"}, "eyes is not one of the available choices"),
            ({"face_finder": "yunet"}, "YuNet does not come with maskweb."),
            ({}, "Choose one of them first."),
        ],
    )
    def test_what_cannot_be_chosen_is_refused_with_the_reason(
        self, admin_client: Client, sent: dict[str, str], says: str
    ) -> None:
        answer = choose(admin_client, **sent)

        assert answer.status_code == 400
        assert says in answer.content.decode()
        assert not ScanSettings.objects.exists()


class TestAccess:
    def test_the_menu_leads_there_for_those_who_may(self, admin_client: Client, staff_client: Client) -> None:
        address = f'href="{reverse("detection:settings")}"'

        assert address in admin_client.get("/").content.decode()
        assert address not in staff_client.get("/").content.decode()

    def test_the_staff_may_not(self, staff_client: Client) -> None:
        assert staff_client.get(reverse("detection:settings")).status_code == 403
        assert choose(staff_client, face_finder="haar").status_code == 403
        assert not ScanSettings.objects.exists()

    def test_the_permission_alone_is_enough(self, client: Client) -> None:
        client.force_login(UserFactory(permissions=["change_scansettings"]))

        assert choose(client, face_finder="haar").status_code == 302

    def test_strangers_are_asked_to_sign_in(self, client: Client) -> None:
        assert client.get(reverse("detection:settings")).status_code == 302
        assert choose(client, face_finder="haar").status_code == 302
        assert not ScanSettings.objects.exists()

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from detection.models import Photo, PhotoLook
from detection.views import looks as view
from tests.factories import PhotoFactory, PhotoLookFactory, UserFactory

pytestmark = pytest.mark.django_db
LOOKS = "/photos/to-look-at/"


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def show(client: Client, photo: Photo) -> str:
    return words(client.get(photo.get_absolute_url()))


def answer(client: Client, photo: Photo, said: str, **more: Any) -> Any:
    return client.post(reverse("detection:look", args=[photo.pk]), {"answer": said}, **more)


def question(photo: Photo) -> str:
    return f"{photo.get_absolute_url()}#look"


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(UserFactory(permissions=["view_photo"]))
    return client


class TestList:
    def test_the_longest_there_comes_first_and_the_work_begins_with_it(self, staff_client: Client) -> None:
        old, new = PhotoFactory(labels=[]), PhotoFactory(labels=[])
        PhotoFactory(labels=["mask"])
        PhotoLookFactory()

        page = words(staff_client.get(LOOKS))

        assert page.index(str(old.pk)) < page.index(str(new.pk))
        assert "On 2 photos no face was found, and nobody has looked at them yet." in page
        assert f'href="{question(old)}"' in page
        assert page.count('class="photo-card"') == 2

    def test_long_lists_have_pages(self, staff_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(view, "PER_PAGE", 2)
        PhotoFactory.create_batch(3, labels=[])

        assert 'href="?page=2"' in words(staff_client.get(LOOKS))
        assert words(staff_client.get(LOOKS, {"page": 2})).count('class="photo-card"') == 1

    def test_when_nothing_is_left_it_says_so(self, staff_client: Client) -> None:
        assert "Nothing is left to look at" in words(staff_client.get(LOOKS))

    def test_who_may_only_look_sees_the_list_and_begins_nothing(self, viewer: Client) -> None:
        PhotoFactory(labels=[])

        page = words(viewer.get(LOOKS))

        assert 'class="photo-card"' in page
        assert "Begin with the oldest" not in page

    @pytest.mark.parametrize("photos", [1, 10])
    def test_it_takes_as_many_queries_however_long(
        self, staff_client: Client, photos: int, django_assert_max_num_queries: Any
    ) -> None:
        PhotoFactory.create_batch(photos, labels=[])

        with django_assert_max_num_queries(6):  # session, person, 2 of permissions, count, photos
            staff_client.get(LOOKS)


class TestQuestion:
    def test_a_photo_without_a_face_asks_whether_anybody_is_there(self, staff_client: Client) -> None:
        page = show(staff_client, PhotoFactory(labels=[]))

        assert "Is anybody on this photo?" in page
        assert re.findall(r'name="answer" value="(\w+)"', page) == ["nobody_there", "people_missed"]

    @pytest.mark.parametrize("about", [{"labels": ["mask"]}, {"status": "waiting"}, {"status": "failed"}])
    def test_other_photos_ask_nothing(self, staff_client: Client, about: dict[str, Any]) -> None:
        page = show(staff_client, PhotoFactory(**about))

        assert "Is anybody on this photo?" not in page
        assert 'name="answer"' not in page

    def test_who_may_only_look_is_told_that_nobody_has(self, viewer: Client) -> None:
        page = show(viewer, PhotoFactory(labels=[]))

        assert "Nobody has looked at it yet." in page
        assert 'name="answer"' not in page

    def test_an_answer_is_shown_with_who_gave_it(self, staff_client: Client) -> None:
        look = PhotoLookFactory(answer="people_missed", person__username="ann")

        page = show(staff_client, look.photo)

        assert "There are people on this photo" in page
        assert "Looked at by ann" in page
        assert "nobody on it counts as compliant or flagged" in page
        assert "No face was found, but a person who looked saw people." in page
        assert re.findall(r'name="answer" value="(\w+)"', page) == ["undone"]

    def test_who_gave_it_may_be_gone(self, staff_client: Client) -> None:
        look = PhotoLookFactory()
        look.person.delete()

        page = show(staff_client, look.photo)

        assert "Nobody is on this photo" in page
        assert "Looked at by a person" in page

    def test_the_part_that_renews_itself_holds_no_token(self, staff_client: Client) -> None:
        photo = PhotoFactory(labels=[])

        page = words(staff_client.get(reverse("detection:photo_live", args=[photo.pk])))

        assert 'form="look-form"' in page
        assert "csrfmiddlewaretoken" not in page


class TestAnswer:
    def test_the_next_photo_opens_at_its_question(self, staff_client: Client, staff: User) -> None:
        first, second = PhotoFactory(labels=[]), PhotoFactory(labels=[])

        said = answer(staff_client, first, "nobody_there")

        assert said["Location"] == question(second)
        first.refresh_from_db()
        assert (first.look, first.looks.get().person) == ("nobody_there", staff)
        page = show(staff_client, second)
        assert f"Noted on {first.original_name}: nobody there." in page
        assert f'<a href="{first.get_absolute_url()}">Go back to this photo</a>' in page

    def test_after_the_last_one_the_list_says_that_nothing_is_left(self, staff_client: Client) -> None:
        page = words(answer(staff_client, PhotoFactory(labels=[]), "people_missed", follow=True))

        assert "Noted on" in page
        assert "Nothing is left to look at" in page

    def test_taking_it_back_stays_on_the_photo(self, staff_client: Client) -> None:
        photo = PhotoFactory(labels=[])
        PhotoFactory(labels=[])
        answer(staff_client, photo, "nobody_there")

        page = words(answer(staff_client, photo, "undone", follow=True))

        assert "Is anybody on this photo?" in page
        assert list(photo.looks.order_by("pk").values_list("answer", flat=True)) == ["nobody_there", "undone"]

    @pytest.mark.parametrize("said", ["", "perhaps", "NOBODY_THERE"])
    def test_what_is_no_answer_changes_nothing_and_is_told(self, staff_client: Client, said: str) -> None:
        page = words(answer(staff_client, PhotoFactory(labels=[]), said, follow=True))

        assert "This is none of the answers." in page
        assert not PhotoLook.objects.exists()

    def test_a_photo_whose_faces_were_found_meanwhile_is_not_answered(self, staff_client: Client) -> None:
        page = words(answer(staff_client, PhotoFactory(labels=["mask"]), "nobody_there", follow=True))

        assert "Faces were found on this photo meanwhile" in page
        assert not PhotoLook.objects.exists()

    def test_the_name_of_a_file_is_text_not_markup(self, staff_client: Client) -> None:
        photo = PhotoFactory(labels=[], original_name="<b>x</b>.jpg")

        page = words(answer(staff_client, photo, "nobody_there", follow=True))

        assert "<b>x" not in page

    def test_a_photo_can_be_left_for_later(self, staff_client: Client) -> None:
        first, second = PhotoFactory(labels=[]), PhotoFactory(labels=[])

        for photo, following in ((first, second), (second, first)):
            assert staff_client.get(reverse("detection:next_look", args=[photo.pk]))["Location"] == question(following)
        assert not PhotoLook.objects.exists()


class TestWaysThere:
    def test_the_start_page_counts_them_whatever_the_day(self, staff_client: Client) -> None:
        assert LOOKS not in words(staff_client.get("/"))
        PhotoFactory(labels=[])
        PhotoFactory(labels=[])
        PhotoLookFactory()

        page = words(staff_client.get("/"))

        assert "2 photos without a face are still to be looked at" in page
        assert f'href="{LOOKS}"' in page

    @pytest.mark.parametrize("query", ["?verdict=no_face", "?look=not_yet", "?look=nobody_there"])
    def test_the_list_of_photos_leads_there_when_it_is_about_them(self, staff_client: Client, query: str) -> None:
        PhotoFactory(labels=[])

        assert "1 photo without a face is still to be looked at" in words(staff_client.get(f"/photos/{query}"))
        assert LOOKS not in words(staff_client.get("/photos/"))

    def test_the_report_says_how_many_were_looked_at(self, staff_client: Client) -> None:
        PhotoFactory(labels=[])
        PhotoLookFactory()
        PhotoLookFactory(answer="people_missed")

        page = words(staff_client.get("/report/"))

        assert "No face found: 3, of these 2 looked at by a person." in page
        assert "1 of these shows people." in page

"""No browser, proxy or shared computer may keep what a signed-in person saw."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from maskweb.middleware import PERMISSIONS_POLICY, PrivatePagesMiddleware
from tests.factories import AdminFactory, PhotoFactory

pytestmark = pytest.mark.django_db


def answer(rf: RequestFactory, user: Any, given: HttpResponse) -> HttpResponse:
    request = rf.get("/")
    request.user = user
    return PrivatePagesMiddleware(lambda _request: given)(request)


def test_pages_of_signed_in_people_are_not_kept(rf: RequestFactory) -> None:
    seen = answer(rf, AdminFactory(), HttpResponse(headers={"Cache-Control": "max-age=3600, public"}))

    assert seen.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("status", [401, 403])
def test_refusals_are_not_kept(rf: RequestFactory, status: int) -> None:
    assert answer(rf, AnonymousUser(), HttpResponse(status=status)).headers["Cache-Control"] == "no-store, private"


def test_what_strangers_may_see_may_be_kept(rf: RequestFactory) -> None:
    seen = answer(rf, AnonymousUser(), HttpResponse(headers={"Cache-Control": "max-age=60"}))

    assert seen.headers["Cache-Control"] == "max-age=60"


def test_the_camera_is_ours_alone_and_the_rest_nobody_s(rf: RequestFactory) -> None:
    assert answer(rf, AnonymousUser(), HttpResponse()).headers["Permissions-Policy"] == PERMISSIONS_POLICY
    assert "camera=(self)" in PERMISSIONS_POLICY


@pytest.mark.parametrize("page", ["/", "/photos/", "/upload/", "/report/", "/sign-in/"])
def test_every_page_is_sent_with_the_strict_headers(staff_client: Client, page: str) -> None:
    headers = staff_client.get(page).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store, private"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_pictures_are_private_too(staff_client: Client, client: Client) -> None:
    photo = PhotoFactory(labels=["mask"])
    pictures = [f"/photos/{photo.pk}/image/", f"/photos/{photo.pk}/thumbnail/", f"/faces/{photo.faces.get().pk}/crop/"]

    for picture in pictures:
        seen = staff_client.get(picture)
        assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/jpeg")
        assert seen.headers["Cache-Control"] == "no-store, private"
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
        assert client.get(picture).status_code == 302

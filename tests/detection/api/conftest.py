"""Programs that talk to the API."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.factories import UserFactory


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


@pytest.fixture
def api(staff: User) -> APIClient:
    """A program with the token of a member of the staff."""
    return client_of(staff)


@pytest.fixture
def api_with(db: None) -> Callable[..., APIClient]:
    """`api_with("view_photo")`: a program of somebody who may do just that."""
    return lambda *permissions: client_of(UserFactory(permissions=list(permissions)))


@pytest.fixture
def stranger(db: None) -> APIClient:
    return APIClient()

"""One photo sent to the API, as programs do it."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.response import Response

from tests.factories import picture

URL = "/api/v1/photos/"


def send(client: Client, content: bytes | None = None, name: str = "IMG_1.jpg", **fields: Any) -> Response:
    file = SimpleUploadedFile(name, picture() if content is None else content)
    return client.post(URL, {"image": file, **fields}, format="multipart")

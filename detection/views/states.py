"""A photo's state as the scripts of pages read it."""

from typing import TypedDict

from django.urls import reverse

from detection import messages
from detection.models import Photo


class PhotoState(TypedDict):
    id: str
    open: bool
    kind: str
    text: str
    url: str
    thumbnail: str


def photo_state(photo: Photo) -> PhotoState:
    return PhotoState(
        id=str(photo.pk),
        open=photo.is_open,
        kind=messages.result_kind(photo),
        text=messages.result_sentence(photo),
        url=photo.get_absolute_url(),
        thumbnail=reverse("detection:thumbnail", args=[photo.pk]),
    )

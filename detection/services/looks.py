"""What people say of photos on which no face was found: whether the picture shows nobody, or the finder missed them."""

from django.contrib.auth.models import User
from django.db import transaction

from detection.models import Photo, PhotoLook


class NothingToAnswerError(Exception):
    """Faces were found on the photo, or it waits to be scanned: there is nothing to say."""


@transaction.atomic
def answer_look(photo: Photo, answer: str, person: User) -> None:
    """Keeps the answer as a row, and on the photo as the one that stands. The same answer again changes nothing."""
    stands = "" if answer == PhotoLook.Answer.UNDONE else answer
    without_face = Photo.objects.without_face().filter(pk=photo.pk)
    if without_face.exclude(look=stands).update(look=stands):
        PhotoLook.objects.create(photo_id=photo.pk, answer=answer, person=person)
    elif not without_face.exists():
        raise NothingToAnswerError

"""The sample pictures that come with maskweb, so that somebody without photos at hand can try it."""

from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured

from detection.models import Photo
from detection.services.intake import TakenIn, take_in

SAMPLES = ("portrait.jpg", "portrait-with-mask.jpg")


def take_in_samples(person: User) -> list[TakenIn]:
    """Takes the sample pictures in at the default entrance. Raises Entrance.DoesNotExist when there is none."""
    return [take_in_sample(name, person) for name in SAMPLES]


def take_in_sample(name: str, person: User) -> TakenIn:
    path = finders.find(f"samples/{name}")
    if path is None:
        raise ImproperlyConfigured(f"The sample picture static/samples/{name} is missing. Install maskweb again.")
    with open(path, "rb") as file:  # noqa: PTH123  finders answer text
        return take_in(file, source=Photo.Source.SAMPLE, name=f"sample-{name}", uploaded_by=person)

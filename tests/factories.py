"""Rows and pictures for tests. Photos have real files; nothing is scanned unless a test does it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from detection.models import Entrance, Face, ModelVersion, Photo, PhotoLook, School, Worker
from detection.vision.labels import Label, summary_of, verdict_of

PASSWORD = "a good password for tests"


def picture(width: int = 320, height: int = 240, colour: tuple[int, int, int] = (90, 120, 150), **save: Any) -> bytes:
    """A small picture of one colour; JPEG unless `format` says otherwise."""
    buffer = BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, **{"format": "JPEG", **save})
    return buffer.getvalue()


class UserFactory(factory.django.DjangoModelFactory):
    """Somebody who may sign in and nothing more; `permissions=["view_photo"]` grants some of detection's."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence("person{}".format)
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def permissions(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        if create and extracted:
            chosen = Permission.objects.filter(content_type__app_label="detection", codename__in=extracted)
            self.user_permissions.set(chosen)


class StaffFactory(UserFactory):
    """A member of the school's staff: sees, adds, rescans and deletes photos."""

    @factory.post_generation
    def permissions(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        if create:
            names = extracted or ["view_photo", "add_photo", "change_photo", "delete_photo"]
            chosen = Permission.objects.filter(content_type__app_label="detection", codename__in=names)
            self.user_permissions.set(chosen)


class AdminFactory(UserFactory):
    is_staff = True
    is_superuser = True


class SchoolFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = School

    name = factory.Sequence("School {}".format)


class EntranceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Entrance

    school = factory.SubFactory(SchoolFactory)
    name = factory.Sequence("Gate {}".format)
    slug = factory.Sequence("gate-{}".format)


class ModelVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ModelVersion

    name = factory.Sequence("model {}".format)
    architecture = "slim_vgg16"
    spec = factory.LazyFunction(dict)
    sha256 = factory.Sequence("{:064x}".format)


class FinderVersionFactory(ModelVersionFactory):
    name = factory.Sequence("finder {}".format)
    role = ModelVersion.Role.FINDER
    architecture = "slim_vgg16_ssd"


class PhotoFactory(factory.django.DjangoModelFactory):
    """A photo that waits at the default entrance; `labels=["mask", "no_mask"]` makes it done, with such faces."""

    class Meta:
        model = Photo
        skip_postgeneration_save = True

    entrance = factory.LazyFunction(lambda: Entrance.objects.filter(is_default=True).first() or EntranceFactory())
    school = factory.LazyAttribute(lambda photo: photo.entrance.school)
    source = Photo.Source.PAGE
    original_name = factory.Sequence("IMG_{:04d}.jpg".format)
    format = "JPEG"
    sha256 = factory.Sequence("{:064x}".format)
    width = 320
    height = 240
    image = factory.LazyFunction(lambda: ContentFile(picture(), "picture.jpg"))
    thumbnail = factory.LazyFunction(lambda: ContentFile(picture(80, 60), "thumbnail.jpg"))
    taken_at = factory.LazyFunction(timezone.now)
    status = Photo.Status.WAITING
    finder = factory.LazyAttribute(lambda photo: "" if photo.status == Photo.Status.WAITING else "haar")

    @factory.post_generation
    def labels(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        if create and extracted is not None:
            finish(self, extracted)


def finish(photo: Photo, labels: list[str], version: ModelVersion | None = None) -> None:
    """Gives the photo the result of a scan with one face per label, found by Haar cascades."""
    classifiers = ModelVersion.objects.filter(role=ModelVersion.Role.CLASSIFIER)
    photo.model_version = version or classifiers.first() or ModelVersionFactory()
    photo.finder, photo.finder_version = "haar", None
    for number, label in enumerate(labels):
        FaceFactory(photo=photo, model_version=photo.model_version, label=label, x=10 + 60 * number)
    known = [Label(label) for label in labels]
    photo.status, photo.verdict, photo.scanned_at = Photo.Status.DONE, verdict_of(known), timezone.now()
    for label, count in summary_of(known).items():
        setattr(photo, f"{label}_count", count)
    photo.save()


def searched_by_ours(*judged_by: str, version: ModelVersion | None = None, **about_face: Any) -> Photo:
    """A photo that our own finder searched, with a mask for each word on who judged it."""
    finder = version or FinderVersionFactory()
    photo = PhotoFactory(
        status=Photo.Status.DONE,
        verdict=verdict_of([Label.MASK for _ in judged_by]),
        mask_count=len(judged_by),
        model_version=ModelVersionFactory(),
        finder="ssd",
        finder_version=finder,
    )
    for number, judge in enumerate(judged_by):
        about = {"finder": "ssd", "finder_version": finder, "finder_score": 0.93, "judged_by": judge, **about_face}
        FaceFactory(photo=photo, model_version=photo.model_version, x=10 + 60 * number, **about)
    return photo


class FaceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Face

    photo = factory.SubFactory(PhotoFactory)
    model_version = factory.SubFactory(ModelVersionFactory)
    x = 10
    y = 20
    width = 50
    height = 60
    label = "mask"
    score = 0.97
    scores = factory.LazyFunction(lambda: {"mask": 0.97, "no_mask": 0.02, "incorrect": 0.01})
    finder = "haar"
    finder_score = 5.0
    crop = factory.LazyFunction(lambda: ContentFile(picture(64, 64), "crop.jpg"))


class PhotoLookFactory(factory.django.DjangoModelFactory):
    """Somebody saw nobody on a photo without a face."""

    class Meta:
        model = PhotoLook

    answer = "nobody_there"
    photo = factory.SubFactory(PhotoFactory, labels=[], look=factory.SelfAttribute("..answer"))
    person = factory.SubFactory(StaffFactory)


class WorkerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Worker

    name = factory.Sequence("scan@host{}".format)
    queues = "default,scan"
    started_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=5))
    seen_at = factory.LazyFunction(timezone.now)

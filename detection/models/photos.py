"""The pictures, as taken in and as judged."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detection.models.finders import FaceFinder
from detection.models.places import Entrance, School
from detection.models.versions import ModelVersion
from detection.querysets import PhotoQuerySet
from detection.vision import labels


def photo_path(photo: "Photo", _filename: str) -> str:
    return f"photos/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"


def thumbnail_path(photo: "Photo", _filename: str) -> str:
    return f"thumbnails/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"


class Photo(models.Model):
    """One picture as taken in: the row is the queue of record, `waiting -> scanning -> done / failed`."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SCANNING = "scanning", _("scanning")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    class Verdict(models.TextChoices):
        COMPLIANT = labels.Verdict.COMPLIANT.value, _("compliant")
        VIOLATION = labels.Verdict.VIOLATION.value, _("violation")
        UNSURE = labels.Verdict.UNSURE.value, _("unsure")
        NO_FACE = labels.Verdict.NO_FACE.value, _("no face found")

    class Look(models.TextChoices):
        NOBODY_THERE = "nobody_there", _("nobody there")
        PEOPLE_MISSED = "people_missed", _("people missed")

    class Source(models.TextChoices):
        PAGE = "page", _("upload page")
        API = "api", _("API")
        ADMIN = "admin", _("admin")
        COMMAND = "command", _("command")
        CAMERA = "camera", _("camera")
        SAMPLE = "sample", _("sample picture")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="photos", verbose_name=_("school"))
    entrance = models.ForeignKey(Entrance, models.PROTECT, related_name="photos", verbose_name=_("entrance"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("uploaded by")
    )
    source = models.CharField(_("source"), max_length=10, choices=Source)
    original_name = models.CharField(_("file name"), max_length=255, blank=True)
    format = models.CharField(_("format received"), max_length=10)
    sha256 = models.CharField(_("SHA-256 of the file received"), max_length=64)
    image = models.ImageField(_("picture"), upload_to=photo_path)
    thumbnail = models.ImageField(_("thumbnail"), upload_to=thumbnail_path)
    width = models.PositiveIntegerField(_("width"), help_text=_("Pixels of the upright picture."))
    height = models.PositiveIntegerField(_("height"), help_text=_("Pixels of the upright picture."))
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = models.UUIDField(_("claim"), null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True, editable=False)
    scanned_at = models.DateTimeField(_("scanned"), null=True, blank=True)
    failure_code = models.CharField(_("failure code"), max_length=40, blank=True)
    failure_detail = models.TextField(_("failure"), blank=True)

    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    model_version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="photos",
        limit_choices_to={"role": ModelVersion.Role.CLASSIFIER},
        verbose_name=_("model version"),
    )
    finder = models.CharField(_("finder"), max_length=20, choices=FaceFinder, blank=True)
    finder_version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="searched_photos",
        limit_choices_to={"role": ModelVersion.Role.FINDER},
        verbose_name=_("finder version"),
    )
    mask_count = models.PositiveSmallIntegerField(_("mask"), default=0)
    no_mask_count = models.PositiveSmallIntegerField(_("no mask"), default=0)
    incorrect_count = models.PositiveSmallIntegerField(_("worn wrongly"), default=0)
    unsure_count = models.PositiveSmallIntegerField(_("unsure"), default=0)

    look = models.CharField(
        _("looked at by a person"),
        max_length=15,
        choices=Look,
        blank=True,
        editable=False,
        help_text=_("The answer that stands, of a photo on which no face was found."),
    )

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["school", "sha256"], name="same_photo_once_per_school"),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="photo_newest"),
            models.Index(fields=["taken_at", "entrance"], name="photo_taken"),
            models.Index(fields=["verdict", "-received_at"], name="photo_verdict"),
            models.Index(fields=["verdict", "look", "received_at"], name="photo_look"),
            # Of all rows: SQLite does not see that a partial index holds what a claim asks for, and reads the table.
            models.Index(fields=["status", "received_at"], name="photo_status"),
        ]

    def __str__(self) -> str:
        return self.original_name or str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("detection:photo", args=[self.pk])

    @property
    def summary(self) -> dict[str, int]:
        """How many faces of the last scan carry each label."""
        return {
            "mask": self.mask_count,
            "no_mask": self.no_mask_count,
            "incorrect": self.incorrect_count,
            "unsure": self.unsure_count,
        }

    @property
    def people(self) -> int:
        return sum(self.summary.values())

    @property
    def is_open(self) -> bool:
        """Whether a verdict is still to come."""
        return self.status in {self.Status.WAITING, self.Status.SCANNING}

    @property
    def is_without_face(self) -> bool:
        """Whether the last scan found nobody, which is for a person to check."""
        return self.status == self.Status.DONE and self.verdict == self.Verdict.NO_FACE

    @property
    def failure(self) -> dict[str, str] | None:
        return {"code": self.failure_code, "detail": self.failure_detail} if self.failure_code else None

"""What the school keeps: where photos are taken, the photos, the faces on them, and the models that judge."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detection.numbers import per_cent
from detection.querysets import FaceQuerySet, PhotoQuerySet
from detection.vision import labels


class School(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """A door of a school where photos are taken."""

    school = models.ForeignKey(School, models.PROTECT, related_name="entrances", verbose_name=_("school"))
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), unique=True, help_text=_("Used in addresses and by the API."))
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Takes the photos that name no entrance.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("entrance")
        verbose_name_plural = _("entrances")
        ordering = ["school__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="entrance_name_once_per_school"),
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_entrance"),
        ]

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    """Weights with their spec and metrics. Exactly one is active; faces keep the one that judged them."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", _("candidate")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")
        REJECTED = "rejected", _("rejected")

    name = models.CharField(_("name"), max_length=80, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.CANDIDATE)
    architecture = models.CharField(_("architecture"), max_length=40)
    spec = models.JSONField(_("spec"))
    metrics = models.JSONField(_("metrics"), default=dict, blank=True)
    sha256 = models.CharField(_("SHA-256 of the weights"), max_length=64, unique=True)
    weights = models.FileField(_("weights"), upload_to="models/", blank=True)
    is_starter = models.BooleanField(_("starter model"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="active"), name="one_active_model_version"),
        ]

    def __str__(self) -> str:
        return self.name


def photo_path(photo: "Photo", _filename: str) -> str:
    return f"photos/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"


def thumbnail_path(photo: "Photo", _filename: str) -> str:
    return f"thumbnails/{photo.pk.hex[:2]}/{photo.pk.hex}.jpg"


def crop_folder(photo_id: uuid.UUID) -> str:
    """All crops of a photo lie together, so that those no row names can be found."""
    return f"crops/{photo_id.hex[:2]}/{photo_id.hex}"


def crop_path(face: "Face", _filename: str) -> str:
    return f"{crop_folder(face.photo_id)}/{uuid.uuid4().hex[:12]}.jpg"


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
        ModelVersion, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name=_("model version")
    )
    mask_count = models.PositiveSmallIntegerField(_("mask"), default=0)
    no_mask_count = models.PositiveSmallIntegerField(_("no mask"), default=0)
    incorrect_count = models.PositiveSmallIntegerField(_("worn wrongly"), default=0)
    unsure_count = models.PositiveSmallIntegerField(_("unsure"), default=0)

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
    def failure(self) -> dict[str, str] | None:
        return {"code": self.failure_code, "detail": self.failure_detail} if self.failure_code else None


class Face(models.Model):
    """One face found on a photo; the box is in pixels of the upright picture."""

    class Label(models.TextChoices):
        MASK = labels.Label.MASK.value, _("mask")
        NO_MASK = labels.Label.NO_MASK.value, _("no mask")
        INCORRECT = labels.Label.INCORRECT.value, _("worn wrongly")
        UNSURE = labels.Label.UNSURE.value, _("unsure")

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="faces", verbose_name=_("photo"))
    model_version = models.ForeignKey(
        ModelVersion, models.PROTECT, related_name="faces", verbose_name=_("model version")
    )
    x = models.PositiveIntegerField(_("left"))
    y = models.PositiveIntegerField(_("top"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    label = models.CharField(_("label"), max_length=10, choices=Label)
    score = models.FloatField(_("score"), help_text=_("Calibrated, 0 to 1."))
    scores = models.JSONField(_("scores"), default=dict)
    finder = models.CharField(_("finder"), max_length=20)
    finder_score = models.FloatField(_("finder score"), default=0.0)
    crop = models.ImageField(_("crop"), upload_to=crop_path, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = FaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("face")
        verbose_name_plural = _("faces")
        ordering = ["x", "y", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["photo", "model_version", "x", "y", "width", "height"], name="same_face_once"
            ),
        ]
        indexes = [
            models.Index(fields=["label", "photo"], name="face_label"),
            models.Index(fields=["-created_at", "-id"], name="face_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_label_display()} {per_cent(self.score)}"

    @property
    def box(self) -> list[int]:
        return [self.x, self.y, self.width, self.height]

    @property
    def is_flagged(self) -> bool:
        return self.label in labels.FLAGGED_LABELS


class Worker(models.Model):
    """The sign of life of one worker process, renewed every few seconds."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    queues = models.CharField(_("queues"), max_length=120)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"), db_index=True)
    detail: "models.JSONField[Any, Any]" = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

"""The faces on photos."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from detection.models.finders import FaceFinder
from detection.models.photos import Photo
from detection.models.versions import ModelVersion
from detection.numbers import per_cent
from detection.querysets import FaceQuerySet
from detection.vision import labels


def crop_folder(photo_id: uuid.UUID) -> str:
    """All crops of a photo lie together, so that those no row names can be found."""
    return f"crops/{photo_id.hex[:2]}/{photo_id.hex}"


def crop_path(face: "Face", _filename: str) -> str:
    return f"{crop_folder(face.photo_id)}/{uuid.uuid4().hex[:12]}.jpg"


class Face(models.Model):
    """One face found on a photo; the box is in pixels of the upright picture."""

    class Label(models.TextChoices):
        MASK = labels.Label.MASK.value, _("mask")
        NO_MASK = labels.Label.NO_MASK.value, _("no mask")
        INCORRECT = labels.Label.INCORRECT.value, _("worn wrongly")
        UNSURE = labels.Label.UNSURE.value, _("unsure")

    class JudgedBy(models.TextChoices):
        CLASSIFIER = "classifier", _("classifier")
        FINDER = "finder", _("finder")
        BOTH = "both", _("finder and classifier")

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="faces", verbose_name=_("photo"))
    model_version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        related_name="faces",
        limit_choices_to={"role": ModelVersion.Role.CLASSIFIER},
        verbose_name=_("model version"),
    )
    x = models.PositiveIntegerField(_("left"))
    y = models.PositiveIntegerField(_("top"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    label = models.CharField(_("label"), max_length=10, choices=Label)
    score = models.FloatField(_("score"), help_text=_("Calibrated, 0 to 1."))
    scores = models.JSONField(_("scores"), default=dict)
    judged_by = models.CharField(_("judged by"), max_length=10, choices=JudgedBy, default=JudgedBy.CLASSIFIER)
    finder = models.CharField(_("finder"), max_length=20, choices=FaceFinder)
    finder_score = models.FloatField(
        _("finder score"), default=0.0, help_text=_("0 to 1; of Haar cascades a number of votes.")
    )
    finder_version = models.ForeignKey(
        ModelVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="found_faces",
        limit_choices_to={"role": ModelVersion.Role.FINDER},
        verbose_name=_("finder version"),
    )
    crop = models.ImageField(_("crop"), upload_to=crop_path, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = FaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("face")
        verbose_name_plural = _("faces")
        ordering = ["x", "y", "id"]
        constraints = [
            # Two, because databases take no two rows without a finder version for the same.
            models.UniqueConstraint(
                fields=["photo", "model_version", "finder", "x", "y", "width", "height"],
                condition=Q(finder_version=None),
                name="same_face_once_per_finder",
            ),
            models.UniqueConstraint(
                fields=["photo", "model_version", "finder_version", "x", "y", "width", "height"],
                condition=Q(finder_version__isnull=False),
                name="same_face_once_per_finder_version",
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
    def is_current(self) -> bool:
        """Whether it is of the photo's last scan; see `FaceQuerySet.current`."""
        photo = self.photo
        return (self.model_version_id, self.finder, self.finder_version_id) == (
            photo.model_version_id,
            photo.finder,
            photo.finder_version_id,
        )

    @property
    def is_flagged(self) -> bool:
        return self.label in labels.FLAGGED_LABELS

"""What people saw on photos without a face."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from detection.models.photos import Photo


class PhotoLook(models.Model):
    """Somebody looked at a photo on which no face was found. Rows are only added: taking one back is a new row."""

    class Answer(models.TextChoices):
        NOBODY_THERE = Photo.Look.NOBODY_THERE.value, _("nobody there")
        PEOPLE_MISSED = Photo.Look.PEOPLE_MISSED.value, _("people missed")
        UNDONE = "undone", _("taken back")

    photo = models.ForeignKey(Photo, models.CASCADE, related_name="looks", verbose_name=_("photo"))
    answer = models.CharField(_("answer"), max_length=15, choices=Answer)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("person")
    )
    created_at = models.DateTimeField(_("looked at"), auto_now_add=True)

    class Meta:
        verbose_name = _("look at a photo")
        verbose_name_plural = _("looks at photos")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="look_newest")]

    def __str__(self) -> str:
        return self.get_answer_display()

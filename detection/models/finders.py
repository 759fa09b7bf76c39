"""Who looks for faces, and what an administrator chose."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FaceFinder(models.TextChoices):
    """The names of `detection.vision.faces.FINDERS`, which the web process does not import: OpenCV comes with it."""

    SSD = "ssd", _("our own finder")
    HAAR = "haar", _("Haar cascades")
    YUNET = "yunet", _("YuNet")


class ScanSettings(models.Model):
    """What an administrator chose on the settings page instead of what the environment says: one row, or none."""

    ONLY_ROW = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW, editable=False)
    face_finder = models.CharField(
        _("face finder"),
        max_length=20,
        choices=FaceFinder,
        blank=True,
        help_text=_("Left empty: the one that MASKWEB_FACE_FINDER names."),
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("scan settings")
        verbose_name_plural = _("scan settings")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_row_of_scan_settings")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

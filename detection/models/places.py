"""Where photos are taken."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


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

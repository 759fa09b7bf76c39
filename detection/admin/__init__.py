"""Django's admin for every row maskweb keeps: looked at, filtered, searched; changed only where that makes sense."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from detection.admin import faces, looks, photos, schools, settings, sign_in, versions, workers

__all__ = ["faces", "looks", "photos", "schools", "settings", "sign_in", "versions", "workers"]

admin.site.site_header = _("maskweb administration")
admin.site.site_title = _("maskweb")
admin.site.index_title = _("Everything that is kept")

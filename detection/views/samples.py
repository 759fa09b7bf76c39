"""Trying maskweb with pictures that come with it."""

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from detection import messages
from detection.models import Entrance
from detection.services.samples import take_in_samples
from detection.tasks import wake_scan_worker
from detection.views.access import PageRequest, requires


@require_POST
@requires("add_photo")
def samples(request: PageRequest) -> HttpResponse:
    try:
        taken = take_in_samples(request.user)
    except Entrance.DoesNotExist:
        notes.error(request, _("There is no entrance yet. Ask an administrator to add one, then try again."))
        return redirect("detection:start")
    if not wake_scan_worker([each.photo.pk for each in taken if each.is_new]):
        notes.warning(request, messages.holdup(messages.WAITING_FOR_BROKER))
    elif any(each.is_new for each in taken):
        notes.success(request, _("The sample pictures are in. Their results appear below in a moment."))
    else:
        notes.info(request, _("The sample pictures are here already."))
    return redirect("detection:start")

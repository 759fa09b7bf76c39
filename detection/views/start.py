"""The start page: what came in today, the newest photos as they come, and whether everything works."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from detection.selectors import DayCounts, day_counts, recent_photos, visible_photos
from detection.views.access import PageRequest, requires
from detection.views.drawing import shares
from detection.views.live import Live, live_answer, live_part
from detection.views.system import system_parts

BUSY_SECONDS, IDLE_SECONDS = 3, 15


@require_safe
@requires("view_photo")
def start(request: PageRequest) -> HttpResponse:
    return render(request, "detection/start.html", {"live": today(request)})


@require_safe
@requires("view_photo")
def start_live(request: PageRequest) -> HttpResponse:
    return live_answer(request, today(request))


def today(request: PageRequest) -> Live:
    counts = day_counts(request.user)
    photos = list(recent_photos(request.user))
    busy = counts.waiting or any(photo.is_open for photo in photos)
    context = {
        "counts": counts,
        "shares": shares(parts_of(counts)),
        "photos": photos,
        "parts": system_parts(),
        "to_look_at": visible_photos(request.user).to_look_at().count(),
    }
    seconds = BUSY_SECONDS if busy else IDLE_SECONDS
    address = reverse("detection:start_live")
    return live_part(request, "detection/_start_live.html", context, address=address, seconds=seconds)


def parts_of(counts: DayCounts) -> dict[tuple[str, str], int]:
    """A day's counts in the order of the bar and its legend; failed photos only when there are any."""
    parts = {
        ("compliant", pgettext("photos", "compliant")): counts.compliant,
        ("violation", _("flagged")): counts.flagged,
        ("unsure", pgettext("photos", "unsure")): counts.unsure,
        ("no_face", _("no face found")): counts.no_face,
        ("waiting", _("waiting")): counts.waiting,
    }
    return parts | ({("failed", _("failed")): counts.failed} if counts.failed else {})

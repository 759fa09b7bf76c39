"""What works and what does not, in words for people who see the pages."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from detection import messages
from detection.selectors import active_model_version, live_scan_workers
from detection.tasks import broker_answers


@dataclass(frozen=True)
class Part:
    name: str
    well: bool
    text: str


def system_parts() -> list[Part]:
    return [workers_part(), broker_part(), model_part()]


def workers_part() -> Part:
    count = len(live_scan_workers())
    if not count:
        return Part(_("Scan worker"), well=False, text=_("None is running. Photos wait until one starts."))
    text = ngettext("%(count)s is running.", "%(count)s are running.", count) % {"count": count}
    return Part(_("Scan worker"), well=True, text=text)


def broker_part() -> Part:
    if not broker_answers():
        return Part(_("Queue"), well=False, text=_("Does not answer. Photos wait and are scanned when it is back."))
    return Part(_("Queue"), well=True, text=_("Answers."))


def model_part() -> Part:
    version = active_model_version()
    if version is None:
        return Part(_("Model"), well=False, text=_("None is active. An administrator has to activate one."))
    return Part(_("Model"), well=True, text=_("%(name)s judges the faces.") % {"name": version.name})


def holdup_code() -> str:
    """What keeps photos waiting, if anything does; see detection.messages.holdup."""
    if not broker_answers():
        return messages.WAITING_FOR_BROKER
    return "" if live_scan_workers() else messages.WAITING_FOR_WORKER

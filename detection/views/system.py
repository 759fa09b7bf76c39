"""What works and what does not, in words for people who see the pages."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from detection import messages
from detection.models import FaceFinder, ModelVersion
from detection.selectors import active_model_versions, chosen_finder, live_scan_workers
from detection.tasks import broker_answers


@dataclass(frozen=True)
class Part:
    name: str
    well: bool
    text: str


def system_parts() -> list[Part]:
    versions = active_model_versions()
    return [workers_part(), broker_part(), finder_part(versions), model_part(versions)]


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


def finder_part(versions: dict[str, ModelVersion]) -> Part:
    """The names alone: whether its files can be used is for the worker to say, which has them."""
    name, title = chosen_finder(), _("Face finder")
    version = versions.get(ModelVersion.Role.FINDER)
    if name not in FaceFinder.values:
        return Part(title, well=False, text=_("There is none called %(name)s. Photos wait.") % {"name": name})
    if name != FaceFinder.SSD:
        return Part(title, well=True, text=_("In use: %(name)s.") % {"name": FaceFinder(name).label})
    if version is None:
        return Part(title, well=False, text=_("Ours is not active, so photos wait. Activate it or choose another."))
    return Part(title, well=True, text=_("%(name)s finds the faces.") % {"name": version.name})


def model_part(versions: dict[str, ModelVersion]) -> Part:
    version = versions.get(ModelVersion.Role.CLASSIFIER)
    if version is None:
        return Part(_("Model"), well=False, text=_("None is active. An administrator has to activate one."))
    return Part(_("Model"), well=True, text=_("%(name)s judges the faces.") % {"name": version.name})


def holdup_code() -> str:
    """What keeps photos waiting, if anything does; see detection.messages.holdup."""
    if not broker_answers():
        return messages.WAITING_FOR_BROKER
    return "" if live_scan_workers() else messages.WAITING_FOR_WORKER

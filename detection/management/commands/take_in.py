"""`manage.py take_in PHOTO...`: the command line's door; photos are stored and scanned as if they were uploaded."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from detection.messages import refusal
from detection.models import Entrance, Photo
from detection.selectors import entrances
from detection.services.intake import take_in
from detection.tasks import wake_scan_worker
from detection.vision.command import SUFFIXES
from detection.vision.errors import PhotoError

# In a folder, files named otherwise are passed over in silence; a file named on the command line is always tried.


@dataclass
class Outcome:
    """What became of the files."""

    new: int = 0
    known: int = 0
    refused: int = 0
    reached_broker: bool = True
    to_wake: list[UUID] = field(default_factory=list)


class Command(BaseCommand):
    help = "Takes photos from files and folders in, as an upload does, and has them scanned."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PHOTO", help="A photo, or a folder of photos.")
        parser.add_argument("--entrance", metavar="SLUG", help="The entrance's short name; else the default one.")
        parser.add_argument(
            "--taken-at",
            type=moment,
            metavar="TIME",
            help="When they were taken, such as 2026-11-23T07:45; else what the camera says, else now.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = Outcome()
        entrance = find_entrance(options["entrance"])
        files = list(photo_files(options["paths"]))
        for path in tqdm(files, unit=_("photo"), disable=None):
            self.take(path, entrance, options["taken_at"], outcome)
            wake(outcome, at_least=settings.SCAN_CHUNK)
        wake(outcome, at_least=1)
        self.say(outcome)

    def take(self, path: Path, entrance: Entrance | None, taken_at: datetime | None, outcome: Outcome) -> None:
        try:
            with path.open("rb") as file:
                taken = take_in(file, source=Photo.Source.COMMAND, name=path.name, entrance=entrance, taken_at=taken_at)
        except (PhotoError, OSError) as error:
            outcome.refused += 1
            reason = error.strerror if isinstance(error, OSError) else refusal(error.code)
            tqdm.write(self.style.ERROR(f"{path}: {reason}"), file=self.stderr)
            return
        outcome.new += taken.is_new
        outcome.known += not taken.is_new
        if taken.is_new:
            outcome.to_wake.append(taken.photo.pk)

    def say(self, outcome: Outcome) -> None:
        said = [ngettext("%d photo was taken in.", "%d photos were taken in.", outcome.new) % outcome.new]
        if outcome.known:
            said.append(ngettext("%d was there already.", "%d were there already.", outcome.known) % outcome.known)
        if not outcome.reached_broker:
            said.append(_("The queue cannot be reached: they are scanned when it is back."))
        self.stdout.write(" ".join(said))
        if outcome.refused:
            refused = ngettext("%d file was refused.", "%d files were refused.", outcome.refused)
            raise CommandError(refused % outcome.refused)


def moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise ArgumentTypeError(_("%s is no date and time. Write it like 2026-11-23T07:45.") % text)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def find_entrance(slug: str | None) -> Entrance | None:
    if slug is None:
        return None
    try:
        return entrances().get(slug=slug)
    except Entrance.DoesNotExist:
        known = ", ".join(entrances().values_list("slug", flat=True))
        raise CommandError(_("There is no entrance %s. There is: %s.") % (slug, known)) from None


def photo_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = (file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
            yield from sorted(file for file in inside if file.is_file() and not file.name.startswith("."))
        else:
            yield path


def wake(outcome: Outcome, at_least: int) -> None:
    """In chunks, so that the first photos are scanned while the last are still being taken in."""
    if len(outcome.to_wake) >= at_least:
        outcome.reached_broker &= wake_scan_worker(outcome.to_wake)
        outcome.to_wake.clear()

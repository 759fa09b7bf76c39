"""`manage.py check_photos PHOTO...`: what the active models say of photos, without taking them in."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from detection.services.finders import usable_setup
from detection.services.scanning import scanner_for
from detection.vision.command import Output, check
from detection.vision.errors import VisionError
from detection.vision.labels import Label


class Command(BaseCommand):
    help = "Judges every face on photos and folders of photos with the active models; nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PHOTO", help="A photo, or a folder of photos.")
        parser.add_argument("--json", action="store_true", help="One JSON object per photo.")
        parser.add_argument("--save-annotated", type=Path, metavar="DIR", help="Save each photo with its boxes there.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            setup = usable_setup()
            scanner = scanner_for(setup)
        except VisionError as error:
            raise CommandError(error.detail, returncode=2) from error
        output = Output(
            lines=self.stdout,  # type: ignore[arg-type]  # writes whole lines, all that is asked of it
            progress=sys.stderr,
            describe=sentence_on,
            as_json=options["json"],
            annotated_dir=options["save_annotated"],
            model_version=setup.version.name,
        )
        if check(options["paths"], scanner, output):
            raise CommandError(_("Not every photo could be read; the lines above say why."))


def sentence_on(summary: Mapping[str, int]) -> str:
    """`summary` counts faces by label: "2 people: 1 wears a mask, 1 does not"."""
    total = sum(summary.values())
    if not total:
        return _("no face found: look at the photo yourself")
    people = ngettext("%d person", "%d people", total) % total
    what = ", ".join(part_on(label, count, summary) for label, count in summary.items() if count)
    return _("%(people)s: %(what)s") % {"people": people, "what": what}


def part_on(label: str, count: int, summary: Mapping[str, int]) -> str:
    if label == Label.MASK:
        return ngettext("%d wears a mask", "%d wear a mask", count) % count
    if label == Label.NO_MASK and summary[Label.MASK]:
        return ngettext("%d does not", "%d do not", count) % count
    if label == Label.NO_MASK:
        return ngettext("%d wears no mask", "%d wear no mask", count) % count
    if label == Label.INCORRECT:
        return ngettext("%d wears a mask wrongly", "%d wear a mask wrongly", count) % count
    return ngettext("%d cannot be told", "%d cannot be told", count) % count

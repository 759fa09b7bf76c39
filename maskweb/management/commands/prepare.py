"""`manage.py prepare`: everything that must be there before maskweb's programs start. Safe to run at every start."""

from typing import Any

from django.core.management.base import BaseCommand

from maskweb.preparation import FIRST_ADMIN, prepare


class Command(BaseCommand):
    help = "Creates or updates tables and static files, loads the starter model, makes the first admin."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if password := prepare():
            self.stdout.write(f"Sign in as {FIRST_ADMIN} with the password {password}")
            self.stdout.write("It is shown only this once.")
        self.stdout.write("maskweb is prepared.")

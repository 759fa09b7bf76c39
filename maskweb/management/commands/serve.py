"""`manage.py serve`: everything maskweb needs on one machine, in one terminal. `make run` ends here."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from maskweb.processes.errors import StartError
from maskweb.processes.serving import Serving


class Command(BaseCommand):
    help = "Runs the web server, the workers, the clock and (without MASKWEB_BROKER_URL) a Redis, until stopped."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        serving = Serving(settings.DATA_DIR, settings.HOST, settings.PORT, tell=self.tell)
        try:
            serving.serve()
        except StartError as error:
            raise SystemExit(str(error)) from error  # the sentence alone, and exit code 1
        except KeyboardInterrupt:  # Ctrl-C before anything was started
            raise SystemExit(130) from None

    def tell(self, text: str) -> None:
        with suppress(OSError):  # the terminal was closed: stopping in order matters more than saying so
            self.stdout.write(text)
            self.stdout.flush()

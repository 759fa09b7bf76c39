"""What must be there before the first page: tables, static files, the starter model, groups and an admin.

Everything here may run at every start; what is there already is left as it is, and takes no time.
"""

import hashlib
import secrets
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from detection.services.registry import register_starter
from maskweb.environment import secret

FIRST_ADMIN = "admin"
STAFF_GROUP = "School staff"
STAFF_PERMISSIONS = ("view_photo", "add_photo", "change_photo", "delete_photo", "view_face", "view_entrance")


def prepare() -> str | None:
    """Makes everything ready. Answers the first admin's password when it was made up here, else None."""
    migrate()
    collect_static_files()
    register_starter()
    make_staff_group()
    return make_first_admin()


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def collect_static_files() -> None:
    """Collects them only when one has changed: compressing them takes seconds."""
    stamp = Path(settings.STATIC_ROOT) / "collected"
    fingerprint = static_fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, stdout=StringIO())
    stamp.write_text(fingerprint, encoding="utf-8")


def static_fingerprint() -> str:
    digest = hashlib.sha256()
    for line in sorted(static_files()):
        digest.update(line.encode())
    return digest.hexdigest()


def static_files() -> Iterator[str]:
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            yield f"{path} {status.st_size} {status.st_mtime_ns}\n"


def make_staff_group() -> None:
    group, is_new = Group.objects.get_or_create(name=STAFF_GROUP)
    if is_new:
        group.permissions.set(
            Permission.objects.filter(content_type__app_label="detection", codename__in=STAFF_PERMISSIONS)
        )


def make_first_admin() -> str | None:
    people = get_user_model().objects
    if people.filter(is_superuser=True).exists():
        return None
    chosen = secret("MASKWEB_ADMIN_PASSWORD")
    password = chosen or secrets.token_urlsafe(12)
    people.create_superuser(FIRST_ADMIN, password=password)
    return None if chosen else password

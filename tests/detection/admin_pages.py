"""What the admin's tests share: its addresses, and what its pages must never hold."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def act(client: Client, action: str, *rows: Model, **more: Any) -> Any:
    """Runs an action of the list page on the rows, and follows to the page that says what happened."""
    chosen = [str(row.pk) for row in rows]
    data = {"action": action, "_selected_action": chosen, **more}
    return client.post(address(type(rows[0]), "changelist"), data, follow=True)


def registered() -> list[type[Model]]:
    return list(admin.site._registry)

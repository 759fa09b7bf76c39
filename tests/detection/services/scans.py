"""Scans as a worker makes them, with models whose weights nobody loads."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile

from detection.models import ModelVersion, Photo
from detection.services import registry, scanning
from tests.factories import ModelVersionFactory


def active_version(name: str = "first", make: Any = ModelVersionFactory) -> ModelVersion:
    """A version with a weights file, made the active one of its role."""
    content = name.encode()
    version = make(name=name, sha256=hashlib.sha256(content).hexdigest())
    version.weights.save(f"{name}.safetensors", ContentFile(content))
    registry.activate(version)
    return version


def scan(photo: Photo) -> Photo:
    scanning.scan_waiting([str(photo.pk)])
    photo.refresh_from_db()
    return photo


def scan_again(photo: Photo) -> Photo:
    Photo.objects.filter(pk=photo.pk).update(status="waiting", attempts=0)
    return scan(photo)

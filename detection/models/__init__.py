"""What the school keeps: where photos are taken, the photos, the faces on them, and the models that judge."""

from detection.models.faces import Face, crop_folder, crop_path
from detection.models.finders import FaceFinder, ScanSettings
from detection.models.looks import PhotoLook
from detection.models.photos import Photo, photo_path, thumbnail_path
from detection.models.places import Entrance, School
from detection.models.versions import ModelVersion
from detection.models.workers import Worker

__all__ = [
    "Entrance",
    "Face",
    "FaceFinder",
    "ModelVersion",
    "Photo",
    "PhotoLook",
    "ScanSettings",
    "School",
    "Worker",
    "crop_folder",
    "crop_path",
    "photo_path",
    "thumbnail_path",
]

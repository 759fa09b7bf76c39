"""The web process stays small: what scans photos is never loaded in it."""

import subprocess
import sys

from tests.requirements import ROOT

USE_THE_API = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "maskweb.settings"
import django
django.setup()
import maskweb.urls, maskweb.wsgi
import numpy
from io import BytesIO
from PIL import Image
from django.core.files.base import ContentFile
from detection.api.pictures import draw
from detection.models import Face, Photo
from drf_spectacular.generators import SchemaGenerator

buffer = BytesIO()
Image.new("RGB", (64, 64)).save(buffer, "JPEG")
photo = Photo(width=64, height=64)
photo.image.save("", ContentFile(buffer.getvalue()), save=False)
assert draw(photo, [Face(photo=photo, x=4, y=4, width=20, height=20, label="mask", score=0.9)])
SchemaGenerator().get_schema(request=None, public=True)
watched = {"torch", "torchvision", "cv2", "detection.vision.draw"}
print(" ".join(sorted(watched & sys.modules.keys())))
"""


def test_neither_torch_nor_opencv_is_loaded_by_the_web_process() -> None:
    done = subprocess.run([sys.executable, "-c", USE_THE_API], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "detection.vision.draw"

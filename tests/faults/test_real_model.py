"""The same with the model that ships with maskweb, on real photos."""

import shutil
from pathlib import Path

import pytest

from tests.faults.installation import Installation, kill_group, wait_until
from tests.requirements import DATA, needs

pytestmark = [pytest.mark.slow, needs("data")]
REGISTER = """
from detection.models import ModelVersion
from detection.services.registry import register_starter
ModelVersion.objects.all().delete()
register_starter()
"""
PHOTOS = 24
FACES_THAT_DO_NOT_ADD_UP = """
SELECT p.original_name FROM detection_photo p LEFT JOIN detection_face f ON f.photo_id = p.id GROUP BY p.id
HAVING count(f.id) <> max(p.mask_count + p.no_mask_count + p.incorrect_count + p.unsure_count)
"""


def test_a_worker_killed_among_real_photos(installation: Installation) -> None:
    installation.manage("shell", "-c", REGISTER)
    installation.start_redis()
    installation.start_beat()
    worker = installation.start_worker(app="maskweb")
    installation.manage("take_in", str(real_photos(installation.folder / "real")))
    wait_until(lambda: installation.done() >= 8, "the first chunk is done")

    kill_group(worker)
    installation.start_worker(app="maskweb")

    wait_until(lambda: installation.counts() == {"done": PHOTOS}, "all photos are done")
    assert installation.database.rows(FACES_THAT_DO_NOT_ADD_UP) == []
    faces = sum(installation.faces_per_photo())
    assert faces > 0
    assert installation.crop_files() == faces
    assert installation.most_attempts() <= 3


def real_photos(folder: Path) -> Path:
    folder.mkdir()
    for photo in sorted((DATA / "scenes" / "images").glob("*.jpg"))[:PHOTOS]:
        shutil.copy(photo, folder)
    return folder

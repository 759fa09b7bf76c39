"""Loaded before Django (pytest -p): tests write nothing into a person's data folder and send nothing to a broker."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_data_dir = tempfile.mkdtemp(prefix="maskweb-tests-")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)
(Path(_data_dir) / "static").mkdir()  # whitenoise warns where there is none
os.environ["MASKWEB_DATA_DIR"] = _data_dir
os.environ.setdefault("MASKWEB_BROKER_URL", "memory://")

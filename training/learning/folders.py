"""Folders of pictures, one per class, as ImageFolder reads them: train/mask/0001.jpg, train/without_mask/..."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detection.vision.labels import BACKGROUND, Label
from training.learning.errors import LearningError

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
ALIASES = {
    Label.MASK.value: ("mask", "masked", "withmask", "facemask", "facewithmask", "wearingmask", "maskon"),
    Label.NO_MASK.value: (
        "nomask", "unmasked", "withoutmask", "facenomask", "facewithoutmask", "notwearingmask", "maskoff", "bare",
    ),
    Label.INCORRECT.value: (
        "incorrect", "incorrectmask", "maskincorrect", "maskwearedincorrect", "maskwornincorrect", "incorrectlymasked",
        "improper", "impropermask", "wrong",
    ),
    BACKGROUND: ("background", "notaface", "noface", "nonface"),
}  # fmt: skip
LABEL_OF = {alias: label for label, aliases in ALIASES.items() for alias in aliases}
CLASS_ORDER = tuple(ALIASES)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file with its label. `source` is where it came from, `group` the photo it was cut out of."""

    path: Path
    label: str
    source: str
    group: str


def label_of_folder(name: str) -> str | None:
    return LABEL_OF.get(re.sub(r"[^a-z]", "", name.lower()))


def source_of(name: str) -> str:
    """Where a file comes from, by the prefix of its name: `jolignier` of `jolignier-0001.jpg`."""
    found = re.match(r"([A-Za-z][A-Za-z0-9.]*)[-_ ]", name)
    return found.group(1) if found else "other"


def pictures_in(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in PICTURE_SUFFIXES)


def class_folders(folder: Path) -> dict[str, list[Path]]:
    """The folders of each label below `folder`; LearningError for one whose name says no label."""
    if not folder.is_dir():
        raise LearningError(f"{folder} is no folder: give one that holds a folder of pictures per class.")
    found: dict[str, list[Path]] = {}
    for child in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        label = label_of_folder(child.name)
        if label is None:
            known = ", ".join(CLASS_ORDER)
            raise LearningError(f"{child} is no class we know: name the folder {known} (or with_mask and the like).")
        found.setdefault(label, []).append(child)
    if len(found) < 2:
        raise LearningError(f"{folder} needs folders of at least two classes, such as mask and no_mask.")
    return found


def labelled_pictures(folder: Path, groups: dict[str, str] | None = None) -> list[Picture]:
    """Every picture below the class folders of `folder`; LearningError when a class has none."""
    pictures: list[Picture] = []
    for label, children in class_folders(folder).items():
        paths = [path for child in children for path in pictures_in(child)]
        if not paths:
            raise LearningError(f"{children[0]} holds no pictures: add some (JPEG, PNG, WebP) or remove the folder.")
        pictures.extend(described(path, label, groups or {}) for path in paths)
    return pictures


def pictures_of_one_label(folder: Path, label: str, groups: dict[str, str]) -> list[Picture]:
    """Every picture in a folder that holds one class only."""
    if not folder.is_dir() or not (paths := pictures_in(folder)):
        raise LearningError(f"{folder} is no folder with pictures: check the path.")
    return [described(path, label, groups) for path in paths]


def described(path: Path, label: str, groups: dict[str, str]) -> Picture:
    key = next((k for k in _tails(path) if k in groups), None)
    return Picture(path, label, source_of(path.name), groups[key] if key else path.name)


def _tails(path: Path) -> Iterator[str]:
    parts = path.parts
    return ("/".join(parts[-length:]) for length in range(2, min(len(parts), 6) + 1))


def photo_groups(*near: Path) -> dict[str, str]:
    """File -> the photo it was cut out of, from every provenance.csv found in the folders or one or two above.

    Crops of one photo must not lie on both sides of a split; without the file each picture counts as a photo.
    """
    groups: dict[str, str] = {}
    folders = {parent for path in near for parent in (path.resolve(), *path.resolve().parents[:2])}
    for table in (folder / "provenance.csv" for folder in folders):
        if table.is_file():
            with table.open(newline="", encoding="utf-8") as file:
                rows = csv.DictReader(file)
                groups.update({r["file"]: f"{r['source_repository']}/{r['source_path']}" for r in rows})
    return groups

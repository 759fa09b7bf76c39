"""Whole photos with boxes around faces (COCO detection format): faces as serving frames them, and what is no face."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detection.vision.labels import BACKGROUND
from training.learning.errors import LearningError
from training.learning.folders import label_of_folder
from training.learning.samples import Frame, Sample, boxed, read_picture

MIN_FACE_SIDE = 16  # pixels: smaller faces cannot be judged
MATCH_IOU = 0.35
MAX_TOUCH = 0.1


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo with its labelled faces, and the faces that nobody labelled (neither learned nor background)."""

    path: Path
    faces: tuple[tuple[Frame, str], ...]
    unlabelled: tuple[Frame, ...] = ()
    group: str = ""


def read_scenes(folder: Path, groups: dict[str, str] | None = None) -> list[Scene]:
    """The photos of `folder/annotations.json` (pictures in `folder/images`); LearningError when it cannot be read."""
    table = folder / "annotations.json"
    try:
        coco = json.loads(table.read_text(encoding="utf-8"))
        labels = {c["id"]: label_of_folder(c["name"]) for c in coco["categories"]}
        boxes: dict[int, list[Any]] = {image["id"]: [] for image in coco["images"]}
        for a in coco["annotations"]:
            boxes[a["image_id"]].append((tuple(a["bbox"]), labels[a["category_id"]], bool(a.get("iscrowd"))))
        return [_scene(folder, image, boxes[image["id"]], groups or {}) for image in coco["images"]]
    except OSError as error:
        raise LearningError(f"{table} cannot be read: give a folder with annotations.json and images/.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LearningError(f"{table} is no COCO detection file ({error!r}): export it again.") from error


def _scene(folder: Path, image: dict[str, Any], boxes: list[Any], groups: dict[str, str]) -> Scene:
    path = folder / "images" / image["file_name"]
    faces = tuple((box, label) for box, label, crowd in boxes if label and not crowd)
    others = tuple(box for box, label, crowd in boxes if crowd or not label)
    return Scene(path, faces, others, groups.get(f"{folder.name}/images/{path.name}", path.name))


def samples_of_scene(scene: Scene, found: Iterable[Frame] = ()) -> Iterator[Sample]:
    """Its labelled faces, cut round the label's box, and the boxes a finder found: faces, and what is none."""
    pixels = read_picture(scene.path)
    for box, label in scene.faces:
        if min(box[2:]) >= MIN_FACE_SIDE:
            yield boxed(pixels, box, label, "scene", scene.group)
    for box in found:
        shown = label_of_box(box, scene)
        if shown is not None and min(box[2:]) >= MIN_FACE_SIDE:
            yield boxed(pixels, box, shown, BACKGROUND if shown == BACKGROUND else "found", scene.group)


def label_of_box(box: Frame, scene: Scene) -> str | None:
    """What a finder's box shows: the label of the face it fits, background when it touches none, else nothing."""
    best = max(((iou(box, face), label) for face, label in scene.faces), default=(0.0, BACKGROUND))
    if best[0] >= MATCH_IOU:
        return best[1]
    everyone = [*(face for face, _ in scene.faces), *scene.unlabelled]
    return BACKGROUND if all(touch(box, face) < MAX_TOUCH for face in everyone) else None


def common_area(one: Frame, other: Frame) -> float:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def iou(one: Frame, other: Frame) -> float:
    """Intersection over union, 0 to 1."""
    common = common_area(one, other)
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def touch(one: Frame, other: Frame) -> float:
    """Intersection over the smaller of the two areas, 0 to 1: a box inside another touches it fully."""
    return common_area(one, other) / min(one[2] * one[3], other[2] * other[3])

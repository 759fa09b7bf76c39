"""What a run learns from and what it is checked with, from folders, scenes and a finder, without leaks between them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detection.vision.labels import BACKGROUND, Label
from training.learning.augment import augmented
from training.learning.errors import LearningError
from training.learning.folders import (
    CLASS_ORDER,
    Picture,
    labelled_pictures,
    photo_groups,
    pictures_of_one_label,
)
from training.learning.mining import Found
from training.learning.samples import Sample, is_held_out, read_picture, whole_picture
from training.learning.scenes import Scene, read_scenes, samples_of_scene

VALIDATION_NAMES = ("validation", "val", "valid")
HELD_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the pictures are: `data` as ImageFolder, the others optional."""

    data: Path
    incorrect: Path | None = None
    scenes: Path | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """Samples by use. No photo gave samples to both."""

    train: list[Sample]
    validation: list[Sample]

    @property
    def classes(self) -> tuple[str, ...]:
        known = {sample.label for sample in self.train}
        return tuple(name for name in CLASS_ORDER if name in known)

    def counts(self) -> dict[str, dict[str, int]]:
        parts = {"train": self.train, "validation": self.validation}
        return {name: dict(Counter(s.label for s in samples)) for name, samples in parts.items()}


def validation_folder(data: Path) -> Path | None:
    return next((data / name for name in VALIDATION_NAMES if (data / name).is_dir()), None)


def scenes_of(sources: Sources) -> list[Scene]:
    """The photos of `sources.scenes` that may be learned from: none that gave a picture to validation or test."""
    if sources.scenes is None:
        return []
    kept_apart = {picture.group for picture in _apart(sources)}
    scenes = read_scenes(sources.scenes, photo_groups(sources.scenes))
    return [scene for scene in scenes if scene.group not in kept_apart]


def _apart(sources: Sources) -> list[Picture]:
    """The pictures of the validation and test folders."""
    folders = [validation_folder(sources.data), sources.data / "test"]
    groups = photo_groups(sources.data)
    return [p for folder in folders if folder and folder.is_dir() for p in labelled_pictures(folder, groups)]


def gather(sources: Sources, found: Found | None = None, report: Callable[[], object] = lambda: None) -> Learnt:
    """Reads everything into memory. LearningError when a folder or picture cannot be used."""
    train, validation = pictures_of(sources)
    learnt = Learnt([], [])
    for part, pictures in ((learnt.train, train), (learnt.validation, validation)):
        for picture in pictures:
            part.append(sample_of(picture))
            report()
    for scene in scenes_of(sources):
        boxes = (found or {}).get(scene.path.name, [])
        samples = samples_of_scene(scene, boxes)
        (learnt.validation if is_held_out(scene.group, HELD_OUT) else learnt.train).extend(samples)
        report()
    learnt.validation[:] = with_fewer_backgrounds(learnt.validation)
    if missing := set(learnt.classes) ^ {sample.label for sample in learnt.validation}:
        raise LearningError(f"Training and validation must know the same classes; check {', '.join(missing)}.")
    return learnt


def with_fewer_backgrounds(samples: Sequence[Sample]) -> list[Sample]:
    """No more backgrounds than pictures of the most frequent face class: they would drown the faces in every mean."""
    counts = Counter(sample.label for sample in samples)
    most = max((count for label, count in counts.items() if label != BACKGROUND), default=0)
    backgrounds = [sample for sample in samples if sample.label == BACKGROUND]
    order = np.random.default_rng(0).permutation(len(backgrounds))[:most]
    return [s for s in samples if s.label != BACKGROUND] + [backgrounds[place] for place in sorted(order)]


def sample_of(picture: Picture) -> Sample:
    return whole_picture(read_picture(picture.path), picture.label, picture.source, picture.group)


def pictures_of(sources: Sources) -> tuple[list[Picture], list[Picture]]:
    """The face pictures to train with and to validate with; pictures of one photo stay together."""
    train_folder = sources.data / "train"
    if not train_folder.is_dir():
        raise LearningError(f"{train_folder} is no folder: --data needs train/ and, if you have it, validation/.")
    groups = photo_groups(sources.data, *(p for p in (sources.incorrect, sources.scenes) if p))
    train, folder = labelled_pictures(train_folder, groups), validation_folder(sources.data)
    validation = labelled_pictures(folder, groups) if folder else []
    extra = pictures_of_one_label(sources.incorrect, Label.INCORRECT.value, groups) if sources.incorrect else []
    tested = {p.group for p in _apart(sources)} - {p.group for p in validation}
    watched = {p.group for p in validation}
    if sources.scenes or not folder:
        watched |= {p.group for p in train if is_held_out(p.group, HELD_OUT)}
    watched |= {p.group for p in extra if is_held_out(p.group, HELD_OUT)}
    validation += [p for p in extra if p.group in watched]
    if not folder:
        validation += [p for p in train if p.group in watched]
    return without([*train, *extra], watched | tested), without(validation, tested)


def without(pictures: Iterable[Picture], groups: set[str]) -> list[Picture]:
    return [picture for picture in pictures if picture.group not in groups]


def made_harder(samples: Sequence[Sample], size: int, seed: int = 0) -> list[Sample]:
    """The same faces as other cameras and cutting tools would give them; always the same ones for a seed."""
    return [
        whole_picture(augmented(s, size, np.random.default_rng((seed, place)), 0.0), s.label, "harder", s.group)
        for place, s in enumerate(samples)
    ]

"""What the finder learns from and what it is checked with: the same split of photos as for the classifier."""

from collections.abc import Callable

from training.learning.data import HELD_OUT, Sources, pictures_of, scenes_of
from training.learning.errors import LearningError
from training.learning.finding.compose import Stock
from training.learning.finding.marked import CLASSES, IGNORED, Marked, marked_crop, marked_scene
from training.learning.samples import is_held_out, read_picture
from training.learning.scenes import Scene


def split_scenes(sources: Sources) -> tuple[list[Scene], list[Scene]]:
    """The photos to learn from and those held out; LearningError when there are none of either."""
    scenes = scenes_of(sources)
    learnt = [scene for scene in scenes if not is_held_out(scene.group, HELD_OUT)]
    held = [scene for scene in scenes if is_held_out(scene.group, HELD_OUT)]
    if not learnt or not held:
        raise LearningError(f"{sources.scenes} has too few photos: a tenth is held out, and the rest learned from.")
    return learnt, held


def gather_stock(sources: Sources, report: Callable[[], object] = lambda: None) -> Stock:
    """Reads all training photos and pictures of single faces into memory."""
    photos: list[Marked] = []
    for scene in split_scenes(sources)[0]:
        photos.append(marked_scene(scene))
        report()
    if not any((photo.labels != IGNORED).any() for photo in photos):
        raise LearningError(f"No photo of {sources.scenes} to learn from has a labelled face: check annotations.json.")
    crops: list[Marked] = []
    for picture in pictures_of(sources)[0]:
        if picture.label in CLASSES:
            crops.append(marked_crop(read_picture(picture.path), picture.label))
        report()
    return Stock(photos, crops)

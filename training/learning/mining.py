"""What a face finder makes of whole photos, kept in a file because searching takes longer than reading it again."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from detection.vision.crops import Pixels
from training.learning.samples import Frame, read_picture
from training.learning.scenes import Scene

Found = dict[str, list[Frame]]  # file name of the photo -> boxes


def read_found(path: Path) -> Found:
    """The boxes kept in `path`; nothing when it is not there or was cut short."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: [(x, y, w, h) for x, y, w, h in boxes] for name, boxes in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def write_found(found: Found, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".part")
    waiting.write_text(json.dumps(found), encoding="utf-8")
    waiting.replace(path)


def search(
    scenes: Sequence[Scene],
    path: Path,
    find: Callable[[Pixels], list[Frame]],
    report: Callable[[], object] = lambda: None,
) -> Found:
    """The finder's boxes on every scene, from `path` where they are known already and added to it where not."""
    found = read_found(path)
    new = 0
    for scene in scenes:
        if scene.path.name not in found:
            found[scene.path.name] = find(read_picture(scene.path))
            new += 1
            if new % 50 == 0:
                write_found(found, path)
        report()
    if new:
        write_found(found, path)
    return {scene.path.name: found[scene.path.name] for scene in scenes}


def haar() -> Callable[[Pixels], list[Frame]]:
    """The finder that serving uses by default, as a function from a picture to boxes."""
    from detection.vision.faces import make_finder

    finder = make_finder("haar")
    return lambda pixels: [found.box for found in finder.find(pixels)]

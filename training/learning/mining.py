"""What a face finder makes of whole photos, kept in a file because searching takes longer than reading it again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from detection.vision.crops import Pixels
from training.learning.samples import Frame, read_picture
from training.learning.scenes import Scene

FAINT = 0.05  # boxes of `ssd` with such a score are mostly its mistakes
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


def shipped(finder_weights: Path, device: str = "auto") -> Callable[[Pixels], list[Frame]]:
    """What the finders that need nothing from outside take for faces, faint ones of `ssd` too, as a function from a
    picture to boxes: the classifier learns the cuts it will be shown, and what the finders are wrong about."""
    from detection.vision.faces import make_finder
    from detection.vision.ssd import SsdFinder, load

    model, spec = load(finder_weights)
    ssd = SsdFinder(model, replace(spec, faint_above=min(FAINT, spec.found_above)), device)
    finders = (ssd, make_finder("haar"))
    return lambda pixels: [found.box for finder in finders for found in finder.find(pixels)]

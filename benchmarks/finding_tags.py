"""Who is found and judged less well than others: shares for faces with the same tag, given by looking at them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from training.learning.finding.measure import Seen, faces_of
from training.learning.metrics import wilson

TOO_FEW = 20  # faces: with fewer, a share says next to nothing
Tags = Mapping[str, Mapping[str, Sequence[str]]]


def read_tags(path: Path) -> Tags:
    """File name -> place of the face among the photo's labelled ones -> tags."""
    values = json.loads(path.read_text(encoding="utf-8"))
    return {name: tags for name, tags in values.items() if not name.startswith("_")}


def by_tag(photos: Sequence[Seen], tags: Tags) -> Iterator[str]:
    """A line per tag: how many there are, how many were found, and of those how many got their right label."""
    faces = faces_of(photos)
    of = [
        set(tags.get(one.scene.path.name, {}).get(str(at), ())) for one in photos for at in range(len(one.scene.faces))
    ]
    names = sorted({tag for own in of for tag in own})
    yield f"  {'':20}{'faces':>6}{'found':>8}{'95 % interval':>18}{'right label':>14}{'95 % interval':>18}"
    for name in ("all", *names):
        has = np.array([name == "all" or name in own for own in of], bool)
        found, count = int((faces.found & has).sum()), int(has.sum())
        right = int(((faces.told == faces.labels) & faces.found & has).sum())
        few = "  too few to tell" if count < TOO_FEW else ""
        yield f"  {name:20}{count:>6}{cells(found, count, 8)}{cells(right, found, 14)}{few}"


def cells(part: int, whole: int, width: int) -> str:
    if not whole:
        return f"{'-':>{width}}{'':>18}"
    low, high = wilson(part, whole)
    return f"{part / whole:>{width}.1%}{f'{low:.1%} to {high:.1%}':>18}"

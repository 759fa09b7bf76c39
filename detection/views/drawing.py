"""Numbers for drawings in pages: boxes on a picture, shares in a bar. Per cent, as SVG attributes take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detection.models import Face, Photo

NEAR_TOP = 9.0  # per cent of the height a box's name needs above it
FAR_RIGHT = 62.0  # per cent of the width from where a name is set flush right, to stay on the picture


@dataclass(frozen=True)
class Box:
    """A face's place on the picture, in per cent of its width and height as text that no language changes."""

    face: Face
    number: int
    x: str
    y: str
    width: str
    height: str
    name_inside: bool
    name_right: bool


def boxes_on(photo: Photo, faces: Sequence[Face]) -> list[Box]:
    """Boxes with their numbers, counted from left to right as the faces are listed."""
    return [box_on(photo, face, number) for number, face in enumerate(faces, start=1)]


def box_on(photo: Photo, face: Face, number: int) -> Box:
    left, top = 100 * face.x / photo.width, 100 * face.y / photo.height
    width, height = 100 * face.width / photo.width, 100 * face.height / photo.height
    return Box(
        face=face,
        number=number,
        x=f"{left:.3f}%",
        y=f"{top:.3f}%",
        width=f"{width:.3f}%",
        height=f"{height:.3f}%",
        name_inside=top < NEAR_TOP,
        name_right=left > FAR_RIGHT,
    )


@dataclass(frozen=True)
class Share:
    """One part of a bar: what it stands for, its count, and where it begins and how wide it is in per cent."""

    kind: str
    name: str
    count: int
    start: str
    width: str


def shares(counts: Mapping[tuple[str, str], int]) -> list[Share]:
    """A bar's parts in the order given, `(kind, name) -> count`; parts of nothing are left out of the drawing."""
    total, before, parts = sum(counts.values()), 0, []
    for (kind, name), count in counts.items():
        if count:
            parts.append(Share(kind, name, count, f"{100 * before / total:.3f}%", f"{100 * count / total:.3f}%"))
        before += count
    return parts

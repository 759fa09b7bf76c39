"""Boxes drawn on a picture. Labels differ in colour, line and words, so that nobody depends on colour alone."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from detection.vision.labels import Label

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Rectangle = tuple[int, int, int, int]  # left, top, right, bottom

# From Okabe and Ito's colours, which people with any colour vision can tell apart; darkened for white text.
COLOURS: dict[str, Colour] = {
    Label.MASK: (0, 110, 80),
    Label.NO_MASK: (190, 60, 0),
    Label.INCORRECT: (140, 60, 120),
    Label.UNSURE: (70, 70, 70),
}
NAMES: dict[str, str] = {
    Label.MASK: "mask",
    Label.NO_MASK: "no mask",
    Label.INCORRECT: "worn wrongly",
    Label.UNSURE: "unsure",
}
# Lengths of line and gap, in line widths; none is a whole line.
DASHES: dict[str, tuple[int, int]] = {Label.INCORRECT: (4, 2), Label.UNSURE: (1, 2)}
WHITE: Colour = (255, 255, 255)
LINES_PER_SIDE = 320  # a line is this part of the picture's longest side
TEXT_PER_SIDE = 48


class HasBoxAndLabel(Protocol):
    @property
    def box(self) -> Sequence[int]: ...  # x, y, width, height
    @property
    def label(self) -> str: ...
    @property
    def score(self) -> float: ...


def annotate(pixels: Pixels, faces: Sequence[HasBoxAndLabel]) -> Pixels:
    """A copy of the picture, uint8 (height, width, 3) RGB, with the faces marked."""
    picture = Image.fromarray(pixels)
    mark(picture, faces)
    return np.array(picture)


def mark(picture: Image.Image, faces: Sequence[HasBoxAndLabel]) -> None:
    """Draws a box and a name on each face, on the RGB picture itself.

    Lines: mask plain; no mask thick with a cross in the corner; worn wrongly dashed; unsure dotted.
    """
    draw = ImageDraw.Draw(picture)
    side = max(picture.size)
    line, font = max(side // LINES_PER_SIDE, 2), ImageFont.load_default(max(side // TEXT_PER_SIDE, 12))
    for face in faces:
        draw_box(draw, rectangle_of(face.box), face.label, line)
    taken: list[Rectangle] = []
    for face in faces:  # names last: no other face's box may cross them
        text = f"{NAMES[face.label]} {face.score:.0%}"
        place = name_place(rectangle_of(face.box), name_size(draw, text, font), picture.size, taken)
        draw_name(draw, place, text, COLOURS[face.label], font)
        taken.append(place)


def rectangle_of(box: Sequence[int]) -> Rectangle:
    x, y, width, height = box
    return x, y, x + width, y + height


def draw_box(draw: ImageDraw.ImageDraw, box: Rectangle, label: str, line: int) -> None:
    thick, halo = (2 * line if label == Label.NO_MASK else line), max(line // 2, 1)
    left, top, right, bottom = box
    around = (left - halo, top - halo, right + halo, bottom + halo)
    draw.rectangle(around, outline=WHITE, width=thick + 2 * halo)  # so that it shows on any ground
    colour, dashes = COLOURS[label], DASHES.get(label)
    for start, end in stripes(right - left, thick, dashes):
        draw.rectangle((left + start, top, left + end, top + thick - 1), fill=colour)
        draw.rectangle((left + start, bottom - thick + 1, left + end, bottom), fill=colour)
    for start, end in stripes(bottom - top, thick, dashes):
        draw.rectangle((left, top + start, left + thick - 1, top + end), fill=colour)
        draw.rectangle((right - thick + 1, top + start, right, top + end), fill=colour)
    if label == Label.NO_MASK:
        draw_cross(draw, box, thick)


def stripes(length: int, thick: int, dashes: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
    """Where a line of that length is filled."""
    drawn, gap = dashes or (1, 0)
    step = (drawn + gap) * thick if dashes else length + 1
    for start in range(0, length + 1, max(step, 1)):
        yield start, min(start + drawn * thick - 1, length) if dashes else length


def draw_cross(draw: ImageDraw.ImageDraw, box: Rectangle, thick: int) -> None:
    """A cross in the right upper corner, on a field of the label's colour."""
    left, top, right, bottom = box
    side = max(min(right - left, bottom - top) // 4, 3 * thick)
    draw.rectangle((right - side, top, right, top + side), fill=COLOURS[Label.NO_MASK])
    near, far, inset = right - side, right, side // 4
    draw.line((near + inset, top + inset, far - inset, top + side - inset), fill=WHITE, width=thick)
    draw.line((near + inset, top + side - inset, far - inset, top + inset), fill=WHITE, width=thick)


def draw_name(draw: ImageDraw.ImageDraw, place: Rectangle, text: str, colour: Colour, font: Font) -> None:
    """The text on a field of its colour."""
    left, top, right, bottom = place
    draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)
    draw.text(((left + right) / 2, (top + bottom) / 2), text, fill=WHITE, font=font, anchor="mm")


def name_size(draw: ImageDraw.ImageDraw, text: str, font: Font) -> tuple[int, int]:
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font, anchor="lt")
    pad = round((bottom - top) * 0.4) + 1
    return round(right - left) + 2 * pad, round(bottom - top) + 2 * pad


def name_place(
    box: Rectangle, name: tuple[int, int], picture: tuple[int, int], taken: Sequence[Rectangle]
) -> Rectangle:
    """Above the box, below it or inside it, on the picture and not on another name; else where it began."""
    left, top, right, bottom = box
    places = [
        on_picture(x, y, name, picture)
        for y in (top - name[1], bottom, top, bottom - name[1])
        for x in (left, right - name[0])
    ]
    free = (place for place in places if not any(meet(place, other) for other in taken))
    return next(free, places[0])


def on_picture(x: int, y: int, name: tuple[int, int], picture: tuple[int, int]) -> Rectangle:
    left, top = max(min(x, picture[0] - name[0]), 0), max(min(y, picture[1] - name[1]), 0)
    return left, top, left + name[0], top + name[1]


def meet(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

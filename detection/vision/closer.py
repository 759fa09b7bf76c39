"""Looking closer at a photo: when small faces are to be expected, how large to make it, and in which tiles."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detection.vision.boxes import Box, FoundBox

# Pixels of the picture searched: a face with a longer side below this may have smaller ones around it that were missed.
SMALL_FACE = 24
# The smallest face seen is made this large, so that faces half its size are found as well.
WANTED_FACE = 48
WORTH_IT = 1.2  # a second look at a hardly larger picture finds nothing new
CLOSER_PIXELS = 6_000_000
TILE_SIDE, TILE_OVERLAP = 1024, 96  # the overlap holds a whole face of the size that tiles are made for
CUT_MARGIN = 2  # pixels: a box that ends so close to a tile's inner edge is cut there


class Tile(NamedTuple):
    left: int
    top: int
    width: int
    height: int


def closer_side(
    found: Sequence[FoundBox], searched: tuple[int, int], photo: tuple[int, int], most_pixels: int = CLOSER_PIXELS
) -> int:
    """The longest side at which to look again, 0 when once is enough.

    `found`: in pixels of the picture searched, faint ones too; `searched` and `photo`: width and height of that picture
    and of the full photo. Nothing found at all is a reason to look as closely as `most_pixels` allow.
    """
    side = max(searched)
    smallest = min((max(item.box.width, item.box.height) for item in found), default=0)
    if smallest >= SMALL_FACE or most_pixels <= 0:
        return 0
    wanted = side * WANTED_FACE / smallest if smallest else math.inf
    affordable = math.sqrt(most_pixels * max(photo) / min(photo))
    target = min(wanted, affordable, max(photo))  # enlarged beyond its own pixels, a photo gave more false boxes
    return round(target) if target >= side * WORTH_IT else 0


def tiles_of(width: int, height: int) -> list[Tile]:
    """Overlapping tiles of one size that cover the picture."""
    across, down = (parts(side) for side in (width, height))
    wide, high = (tile_side(side, count) for side, count in ((width, across), (height, down)))
    return [Tile(left, top, wide, high) for top in starts(height, high, down) for left in starts(width, wide, across)]


def parts(side: int) -> int:
    return max(1, math.ceil((side - TILE_OVERLAP) / (TILE_SIDE - TILE_OVERLAP)))


def tile_side(side: int, count: int) -> int:
    return math.ceil((side + (count - 1) * TILE_OVERLAP) / count)


def starts(side: int, tile: int, count: int) -> Iterator[int]:
    for number in range(count):
        yield min(number * (tile - TILE_OVERLAP), side - tile) if count > 1 else 0


def is_cut(box: Box, tile: Tile, width: int, height: int) -> bool:
    """Whether a box, in pixels of the tile, ends at an edge of the tile that is no edge of the picture."""
    edges = (
        (tile.left > 0, box.x),
        (tile.top > 0, box.y),
        (tile.left + tile.width < width, tile.width - box.x - box.width),
        (tile.top + tile.height < height, tile.height - box.y - box.height),
    )
    return any(inner and distance <= CUT_MARGIN for inner, distance in edges)

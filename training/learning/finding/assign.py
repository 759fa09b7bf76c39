"""Which cells of the network are to find which face: those at its middle, at the stride that fits its size.

Source: centre sampling of Tian et al., "FCOS" (ICCV 2019); the score a cell should tell is the IoU of its box, as in
Zhang et al., "VarifocalNet" (CVPR 2021). Letting the network choose the cells itself (task-aligned, TOOD) was tried:
with so few photos it never settled which of many equally good cells, over all strides, are the right ones.
"""

from typing import NamedTuple

import torch

from training.learning.finding.marked import IGNORED

# Stride -> longer sides of faces, in pixels, that its cells find; the ranges overlap, where two strides learn a face.
FACE_SIDES = {4: (0.0, 32.0), 8: (26.0, 72.0), 16: (60.0, 170.0), 32: (145.0, float("inf"))}
REACH = 1.5  # strides from a face's middle within which cells find it
DOUBTFUL_REACH = 2.5  # within which they need not deny it
LEAST_SCORE = 0.2  # of a cell that is to find a face, however badly its box fits by now
IGNORED_MARGIN = 0.1  # of an ignored box's side: cells so far around it are ignored, too


class Wanted(NamedTuple):
    """What one picture's cells should tell. `face`: (cells,), 0 to 1. `of`: (cells,), the place of the face each cell
    is to find, -1 for none. `counted`: (cells,), False where nothing is learned."""

    face: torch.Tensor
    of: torch.Tensor
    counted: torch.Tensor


def assigned(
    boxes: torch.Tensor, true_boxes: torch.Tensor, true_labels: torch.Tensor, cells: tuple[torch.Tensor, torch.Tensor]
) -> Wanted:
    """For one picture: `boxes` (cells, 4) as told now, the true ones (faces, 4) and their labels (faces,)."""
    middles, strides = cells
    counted = ~in_any(middles, true_boxes[true_labels == IGNORED])
    known = torch.nonzero(true_labels != IGNORED).flatten()
    wanted, of = boxes.new_zeros(len(boxes)), boxes.new_full((len(boxes),), -1, dtype=torch.long)
    if not len(known):
        return Wanted(wanted, of, counted)
    truth = true_boxes[known]
    far = strides_from_middle(truth, middles, strides)
    fitting = at_fitting_stride(truth, strides)
    inside = lies_inside(truth, middles)
    finds = fitting & ((inside & (far < REACH)) | is_nearest(far, fitting))
    doubtful = (fitting & inside & (far < DOUBTFUL_REACH)).any(0)
    owner = torch.where(finds, far, torch.inf).argmin(0)  # a cell between two faces finds the nearer one
    mine = finds.any(0)
    overlap = own_iou(boxes[mine], truth[owner[mine]])
    wanted[mine], of[mine] = overlap.clamp(min=LEAST_SCORE), known[owner[mine]]
    return Wanted(wanted, of, (counted & ~doubtful) | mine)


def strides_from_middle(truth: torch.Tensor, middles: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """(faces, cells): how far the cell's middle is from the face's, along the axis where it is farther."""
    off = (middles[None] - (truth[:, None, :2] + truth[:, None, 2:]) / 2).abs().amax(-1)
    return off / strides


def at_fitting_stride(truth: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """(faces, cells): whether the cell's stride is one that finds faces of that size."""
    sides = (truth[:, 2:] - truth[:, :2]).amax(-1)
    fits = torch.zeros(len(truth), len(strides), dtype=torch.bool, device=truth.device)
    for stride, (low, high) in FACE_SIDES.items():
        fits |= ((sides >= low) & (sides < high))[:, None] & (strides == stride)[None]
    return fits


def lies_inside(truth: torch.Tensor, middles: torch.Tensor) -> torch.Tensor:
    """(faces, cells): whether the cell's middle lies in the face's box."""
    from_sides = torch.cat([middles[None] - truth[:, None, :2], truth[:, None, 2:] - middles[None]], dim=-1)
    return from_sides.amin(-1) > 0


def is_nearest(far: torch.Tensor, fitting: torch.Tensor) -> torch.Tensor:
    """(faces, cells): True at the one cell nearest to each face's middle, so that none is too small for all."""
    nearest = torch.where(fitting, far, torch.inf).argmin(1, keepdim=True)
    return torch.zeros_like(fitting).scatter_(1, nearest, value=True)


def in_any(middles: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """(cells,): whether the middle lies in one of the boxes or just beside it."""
    margin = (boxes[:, 2:] - boxes[:, :2]) * IGNORED_MARGIN
    low, high = boxes[:, :2] - margin, boxes[:, 2:] + margin
    inside = (middles[None] > low[:, None]) & (middles[None] < high[:, None])
    return inside.all(-1).any(0)


def own_iou(boxes: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """(count,): intersection over union of each box with its own true one, as left, top, right, bottom."""
    low, high = torch.maximum(boxes[:, :2], truth[:, :2]), torch.minimum(boxes[:, 2:], truth[:, 2:])
    common = (high - low).clamp(min=0).prod(-1)
    area, other = ((b[:, 2:] - b[:, :2]).clamp(min=0).prod(-1) for b in (boxes, truth))
    return common / (area + other - common).clamp(min=1e-6)

"""Which cells of the network are to find which face: those that already do it best (task-aligned assignment).

Source: Feng et al., "TOOD: Task-aligned One-stage Object Detection" (ICCV 2021).
"""

from typing import NamedTuple

import torch

from training.learning.finding.marked import IGNORED

FACE_POWER, BOX_POWER = 0.5, 6.0
CELLS_PER_FACE = 10
REACH = 1.0  # strides from a face's middle within which the finest cells may find it, however small it is
IGNORED_MARGIN = 0.1  # of an ignored box's side: cells so far around it are ignored, too


class Wanted(NamedTuple):
    """What one picture's cells should tell. `face`: (cells,), 0 to 1. `of`: (cells,), the place of the face each cell
    is to find, -1 for none. `counted`: (cells,), False where nothing is learned."""

    face: torch.Tensor
    of: torch.Tensor
    counted: torch.Tensor


def assigned(
    face: torch.Tensor,
    boxes: torch.Tensor,
    true_boxes: torch.Tensor,
    true_labels: torch.Tensor,
    cells: tuple[torch.Tensor, torch.Tensor],
) -> Wanted:
    """For one picture: `face` logits (cells,) and `boxes` (cells, 4) as told now, true ones (faces, 4), labels
    (faces,)."""
    middles, strides = cells
    counted = ~in_any(middles, true_boxes[true_labels == IGNORED])
    known = torch.nonzero(true_labels != IGNORED).flatten()
    wanted, of = torch.zeros_like(face), torch.full_like(face, -1, dtype=torch.long)
    if not len(known):
        return Wanted(wanted, of, counted)
    truth = true_boxes[known]
    overlap = paired_iou(truth, boxes)  # (faces, cells)
    fit = face.sigmoid().pow(FACE_POWER) * overlap.pow(BOX_POWER) * may_find(truth, middles, strides)
    best = fit.topk(min(CELLS_PER_FACE, fit.shape[1]), dim=1)
    chosen = torch.zeros_like(fit).scatter_(1, best.indices, (best.values > 0).to(fit.dtype))
    owner = (overlap * chosen).argmax(dim=0)  # a cell that several faces want finds the one it overlaps most
    taken = chosen.bool() & torch.nn.functional.one_hot(owner, len(known)).T.bool()
    fit, overlap = fit * taken, overlap * taken
    scale = overlap.amax(1, keepdim=True) / fit.amax(1, keepdim=True).clamp(min=1e-12)
    wanted = (fit * scale).amax(0)
    mine = taken.any(0)
    of[mine] = known[owner[mine]]
    return Wanted(wanted, of, counted | mine)


def may_find(truth: torch.Tensor, middles: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """(faces, cells): the cell's middle lies in the face, or, at the finest stride, close to its middle."""
    from_sides = torch.cat([middles[None] - truth[:, None, :2], truth[:, None, 2:] - middles[None]], dim=-1)
    off = (middles[None] - (truth[:, None, :2] + truth[:, None, 2:]) / 2).abs().amax(-1)
    finest = strides == strides.min()
    return ((from_sides.amin(-1) > 0) | (finest & (off < REACH * strides))).to(truth.dtype)


def in_any(middles: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """(cells,): whether the middle lies in one of the boxes or just beside it."""
    margin = (boxes[:, 2:] - boxes[:, :2]) * IGNORED_MARGIN
    low, high = boxes[:, :2] - margin, boxes[:, 2:] + margin
    inside = (middles[None] > low[:, None]) & (middles[None] < high[:, None])
    return inside.all(-1).any(0)


def paired_iou(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Intersection over union (count, others) of boxes given as left, top, right, bottom."""
    low = torch.maximum(boxes[:, None, :2], others[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], others[None, :, 2:])
    common = (high - low).clamp(min=0).prod(-1)
    area, other = ((b[:, 2:] - b[:, :2]).clamp(min=0).prod(-1) for b in (boxes, others))
    return common / (area[:, None] + other[None] - common).clamp(min=1e-6)

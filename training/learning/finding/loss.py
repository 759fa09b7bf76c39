"""How wrong the network's answers are: faces, boxes and labels, each as one number."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn import functional

from detection.vision.finder_network import Found
from training.learning.finding.assign import assigned
from training.learning.finding.marked import Marked

BOX_PART, LABEL_PART = 2.0, 0.5
NOT_A_FACE_PART = 0.75
LABEL_WEIGHTS = (1.0, 1.0, 1.5)  # mask, no_mask, incorrect


class Losses(NamedTuple):
    face: torch.Tensor
    box: torch.Tensor
    label: torch.Tensor

    @property
    def total(self) -> torch.Tensor:
        return self.face + BOX_PART * self.box + LABEL_PART * self.label


def losses(found: Found, truth: Sequence[Marked], cells: tuple[torch.Tensor, torch.Tensor]) -> Losses:
    """Over a batch; each is a sum over cells divided by the sum of what they should tell."""
    device = found.face.device
    face = box = label = found.face.new_zeros(())
    total = found.face.new_zeros(())
    for at, picture in enumerate(truth):
        true_boxes = torch.from_numpy(picture.boxes).to(device)
        true_labels = torch.from_numpy(picture.labels).to(device)
        with torch.no_grad():
            wanted = assigned(found.boxes[at], true_boxes, true_labels, cells)
        total = total + wanted.face.sum()
        face = face + face_loss(found.face[at], wanted.face, wanted.counted)
        mine = torch.nonzero(wanted.of >= 0).flatten()
        if len(mine):
            of, weight = wanted.of[mine], wanted.face[mine]
            exact = torch.from_numpy(picture.exact).to(device)[of]
            box = box + (weight * exact * giou_loss(found.boxes[at][mine], true_boxes[of])).sum()
            scale = torch.tensor(LABEL_WEIGHTS, device=device)
            label = (
                label
                + (
                    weight * functional.cross_entropy(found.labels[at][mine], true_labels[of], scale, reduction="none")
                ).sum()
            )
    total = total.clamp(min=1.0)
    return Losses(face / total, box / total, label / total)


def face_loss(logits: torch.Tensor, wanted: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Varifocal loss (Zhang et al., "VarifocalNet", CVPR 2021): easy background hardly counts."""
    score = logits.detach().sigmoid()
    weight = torch.where(wanted > 0, wanted, NOT_A_FACE_PART * score.pow(2)) * counted
    return (weight * functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")).sum()


def giou_loss(boxes: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """1 - generalised IoU (Rezatofighi et al., CVPR 2019) of each box with its own true one."""
    common = (torch.minimum(boxes[:, 2:], truth[:, 2:]) - torch.maximum(boxes[:, :2], truth[:, :2])).clamp(min=0)
    around = torch.maximum(boxes[:, 2:], truth[:, 2:]) - torch.minimum(boxes[:, :2], truth[:, :2])
    overlap, hull = common.prod(-1), around.prod(-1).clamp(min=1e-6)
    union = (boxes[:, 2:] - boxes[:, :2]).prod(-1) + (truth[:, 2:] - truth[:, :2]).prod(-1) - overlap
    return 1 - overlap / union.clamp(min=1e-6) + (hull - union) / hull

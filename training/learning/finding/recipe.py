"""Everything about a training run of the finder that is not data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FinderRecipe:
    """Every `large_every`-th batch has few pictures of twice the side, so that large faces are learned, too.

    `learning_rate` is the peak of one cycle (`training.learning.schedule`); the first `frozen_groups` of VGG16's five
    groups of convolutions stay as the classifier learned them, as is usual for detectors on a trained backbone.
    """

    size: int = 320
    batch: int = 16
    large_every: int = 4
    epochs: int = 60
    epoch_batches: int = 200
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    constant_rate: bool = False
    average: float = 0.9985  # of the weights, per step
    frozen_groups: int = 1
    seed: int = 1

    def shape_of(self, step: int) -> tuple[int, int]:
        """Side and number of the pictures of that step's batch."""
        if step % self.large_every == self.large_every - 1:
            return 2 * self.size, max(2, self.batch // 4)
        return self.size, self.batch


FINDER_RECIPE = FinderRecipe()

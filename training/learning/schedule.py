"""How far a run is, and how fast it learns there."""

import math
from dataclasses import dataclass
from typing import Protocol

START_FACTOR = 0.04  # of the peak learning rate
END_FACTOR = 0.0005


class Rate(Protocol):
    """What a recipe says of its learning rate: the peak, the part of the run that rises to it, or always the same."""

    @property
    def learning_rate(self) -> float: ...
    @property
    def warm_up(self) -> float: ...
    @property
    def constant_rate(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """A run ends after `epochs`, or after `minutes` of training when given: then progress is the part of the time."""

    epochs: int
    minutes: float | None = None

    def progress(self, epoch: int, part_of_epoch: float, seconds: float) -> float:
        """0 at the start, 1 at the end."""
        if self.minutes is not None:
            return min(1.0, seconds / (60 * self.minutes))
        return min(1.0, (epoch + part_of_epoch) / self.epochs)


def learning_rate(recipe: Rate, progress: float) -> float:
    """One cycle: linear warm-up to the peak, then half a cosine down (Loshchilov and Hutter, "SGDR", 2017)."""
    if recipe.constant_rate:
        return recipe.learning_rate
    if progress < recipe.warm_up:
        factor = START_FACTOR + (1 - START_FACTOR) * progress / recipe.warm_up
    else:
        rest = (progress - recipe.warm_up) / (1 - recipe.warm_up)
        factor = END_FACTOR + (1 - END_FACTOR) * (1 + math.cos(math.pi * rest)) / 2
    return recipe.learning_rate * factor

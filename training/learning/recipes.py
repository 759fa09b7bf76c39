"""The named ways to train: ours, and the notebook's that the project started from."""

from dataclasses import dataclass, field

from detection.vision.labels import BACKGROUND, Label

# Parts of an epoch per class, when all four are there; the parts of missing classes go to the others.
SHARES = {Label.MASK.value: 0.3, Label.NO_MASK.value: 0.32, Label.INCORRECT.value: 0.13, BACKGROUND: 0.25}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything about a training run that is not data: change one with `dataclasses.replace`.

    `sizes`: (part of the run, input side in pixels) in order; small pictures first is quicker and no worse (Touvron et
    al., "Fixing the train-test resolution discrepancy", 2019). `learning_rate` is the peak of one cycle (Smith and
    Topin, "Super-Convergence", 2018) unless `constant_rate`.
    """

    name: str = "ours"
    architecture: str = "slim_vgg16"
    size: int = 96
    sizes: tuple[tuple[float, float], ...] = ((0.4, 0.67), (0.4, 0.84), (0.2, 1.0))
    epochs: int = 40
    epoch_pictures: int = 5600
    batch: int = 32
    optimizer: str = "sgd"
    learning_rate: float = 0.04
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 5e-4
    warm_up: float = 0.12
    constant_rate: bool = False
    label_smoothing: float = 0.05
    mixup: float = 0.3  # parameter of the Beta distribution two pictures are mixed by; 0 mixes none
    average: float = 0.998  # of the weights, per step (Polyak averaging); 0 keeps the last weights
    balanced: bool = True
    augmentation: str = "camera"  # or "flip_and_crop"
    pretrained: bool = False
    seed: int = 1
    shares: dict[str, float] = field(default_factory=lambda: dict(SHARES))

    def size_at(self, progress: float) -> int:
        """The side of the pictures at that part (0 to 1) of the run, a multiple of 8."""
        end = 0.0
        for part, factor in self.sizes:
            end += part
            if progress < end - 1e-9:
                return max(32, round(self.size * factor / 8) * 8)
        return self.size


OURS = Recipe()
NOTEBOOK = Recipe(
    name="notebook",
    architecture="vgg16",
    size=224,
    sizes=(),
    epochs=25,
    epoch_pictures=0,
    batch=20,
    learning_rate=0.001,
    nesterov=False,
    weight_decay=0.0,
    constant_rate=True,
    label_smoothing=0.0,
    mixup=0.0,
    average=0.0,
    balanced=False,
    augmentation="flip_and_crop",
    pretrained=True,
)
RECIPES = {recipe.name: recipe for recipe in (OURS, NOTEBOOK)}

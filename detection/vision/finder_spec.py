"""What must be known about the finder's weights to use them: read without torch, from the file's header alone."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from detection.vision.errors import WeightsError
from detection.vision.labels import JUDGED_LABELS
from detection.vision.spec import FINDER_ARCHITECTURE as ARCHITECTURE
from detection.vision.spec import IMAGENET_MEAN, IMAGENET_STD, are_numbers, is_number, known_values, read_values

STARTER_FINDER = Path(__file__).resolve().parent.parent / "weights" / "finder.safetensors"
WORKING_SIDE = 768
JUDGES = ("classifier", "finder", "both")
CLASSES = tuple(label.value for label in JUDGED_LABELS)


@dataclass(frozen=True, slots=True)
class FinderSpec:
    """Preprocessing, calibration and thresholds of a finder.

    `working_side`: longest side in pixels of the picture that is searched first. `found_above`: the score, 0 to 1, from
    which on the classifier is asked about a box; from `faint_above` on it is a reason to look closer. `overlap`: the
    IoU beyond which the less sure of two boxes goes. `judged_by`: whose word the label is, with `temperature` for the
    finder's own; unless that is the classifier's alone, a face whose best label has a probability under `unsure_below`
    is unsure. A box is a face if its odds by the finder's score outweigh the classifier's odds that it is none, raised
    to `classifier_weight`: FoundBox's trust is `trust` x odds ^ (1 / classifier_weight).
    """

    architecture: str = ARCHITECTURE
    classes: tuple[str, ...] = CLASSES
    working_side: int = WORKING_SIDE
    found_above: float = 0.4
    faint_above: float = 0.25
    overlap: float = 0.45
    judged_by: str = "both"
    temperature: float = 1.0
    unsure_below: float = 0.5
    trust: float = 1.0
    classifier_weight: float = 1.0
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    name: str = "unnamed"

    def __post_init__(self) -> None:
        for sentence in problems(self):
            raise WeightsError("wrong_format", f"The finder's spec cannot be used: {sentence}.")

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary that `from_json` reads and a JSON column keeps."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """WeightsError("wrong_format") when something is missing or out of range; unknown keys are left aside."""
        if values.get("architecture") != ARCHITECTURE:
            detail = f"A {values.get('architecture')!r} finds no faces; this version's finder is a {ARCHITECTURE}."
            raise WeightsError("wrong_format", detail)
        return known_values(cls, values)


def problems(spec: FinderSpec) -> list[str]:
    """Everything that is wrong with a spec, as parts of sentences."""
    most_faint = spec.found_above if is_number(spec.found_above, 0, 1) else 1
    checks = {
        f"the classes must be {', '.join(CLASSES)}": spec.classes == CLASSES,
        "the working side must be 128 to 4096 pixels": isinstance(spec.working_side, int)
        and is_number(spec.working_side, 128, 4096),
        "found_above must be 0 to 1": is_number(spec.found_above, 0, 1),
        "faint_above must be 0 to found_above": is_number(spec.faint_above, 0, most_faint),
        "the overlap must be 0 to 1": is_number(spec.overlap, 0, 1),
        f"judged_by must be one of {', '.join(JUDGES)}": spec.judged_by in JUDGES,
        "unsure_below must be 0 to 1": is_number(spec.unsure_below, 0, 1),
        "the temperature must be 0.01 to 100": is_number(spec.temperature, 0.01, 100),
        "the trust must be 0 to a billion": is_number(spec.trust, 0, 1e9),
        "the classifier's weight must be 0.01 to 100": is_number(spec.classifier_weight, 0.01, 100),
        "the mean must be three numbers from 0 to 1": are_numbers(spec.mean, 0, 1),
        "the standard deviation must be three numbers from 0.01 to 1": are_numbers(spec.std, 0.01, 1),
    }
    return [sentence for sentence, fine in checks.items() if not fine]


def read_finder_spec(path: Path) -> FinderSpec:
    """The spec inside a safetensors file; WeightsError "missing" or "wrong_format"."""
    return FinderSpec.from_json(read_values(Path(path)))

"""What must be known about a weights file to use it: read without torch, from the file's header alone."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from detection.vision.errors import WeightsError
from detection.vision.labels import BACKGROUND, JUDGED_LABELS

Spec = TypeVar("Spec")
METADATA_KEY = "maskweb_spec"
FINDER_ARCHITECTURE = "slim_vgg16_ssd"  # its spec is `detection.vision.finder_spec.FinderSpec`
# The cut square's side over the longer side of the face's box, as in the pictures the models are trained on.
CROP_SCALE = 1.3
MAX_HEADER_BYTES = 16 * 1024 * 1024
KNOWN_CLASSES = (*(label.value for label in JUDGED_LABELS), BACKGROUND)
STARTER = Path(__file__).resolve().parent.parent / "weights" / "starter.safetensors"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Architecture, classes in the order of the outputs, preprocessing, calibration and thresholds of a model."""

    architecture: str
    classes: tuple[str, ...]
    input_size: int
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    temperature: float = 1.0
    unsure_below: float = 0.6
    background_above: float = 0.5
    crop_scale: float = CROP_SCALE
    name: str = "unnamed"

    def __post_init__(self) -> None:
        for sentence in problems(self):
            raise WeightsError("wrong_format", f"The model's spec cannot be used: {sentence}.")

    @property
    def face_classes(self) -> tuple[str, ...]:
        return tuple(name for name in self.classes if name != BACKGROUND)

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary that `from_json` reads and a JSON column keeps."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """WeightsError("wrong_format") when something is missing or out of range; unknown keys are left aside."""
        if values.get("architecture") == FINDER_ARCHITECTURE:
            detail = f"A {FINDER_ARCHITECTURE} finds faces; the model that judges them must be another one."
            raise WeightsError("wrong_format", detail)
        return known_values(cls, values)


def known_values(cls: type[Spec], values: dict[str, Any]) -> Spec:
    """A spec of that class, from a dictionary that may hold more; WeightsError("wrong_format") when it holds less."""
    known = {field.name for field in fields(cast(Any, cls))}
    kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
    try:
        return cls(**kept)
    except TypeError as error:
        raise WeightsError("wrong_format", f"The model's spec is incomplete: {error}.") from error


def is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def are_numbers(values: object, low: float, high: float) -> bool:
    return isinstance(values, tuple) and len(values) == 3 and all(is_number(v, low, high) for v in values)


def problems(spec: ModelSpec) -> list[str]:
    """Everything that is wrong with a spec, as parts of sentences."""
    classes = spec.classes if isinstance(spec.classes, tuple) else ()
    checks = {
        "the architecture must be a word": isinstance(spec.architecture, str) and bool(spec.architecture),
        f"the classes must be two or more of {', '.join(KNOWN_CLASSES)}, each once": len(classes) >= 2
        and len(set(classes)) == len(classes)
        and set(classes) <= set(KNOWN_CLASSES),
        "the input size must be 32 to 1024 pixels": isinstance(spec.input_size, int)
        and is_number(spec.input_size, 32, 1024),
        "the mean must be three numbers from 0 to 1": are_numbers(spec.mean, 0, 1),
        "the standard deviation must be three numbers from 0.01 to 1": are_numbers(spec.std, 0.01, 1),
        "the temperature must be 0.01 to 100": is_number(spec.temperature, 0.01, 100),
        "unsure_below must be 0 to 1": is_number(spec.unsure_below, 0, 1),
        "background_above must be 0 to 1": is_number(spec.background_above, 0, 1),
        "the crop scale must be 0.5 to 4": is_number(spec.crop_scale, 0.5, 4),
    }
    return [sentence for sentence, fine in checks.items() if not fine]


def read_spec(path: Path) -> ModelSpec:
    """The spec inside a safetensors file; WeightsError "missing" or "wrong_format"."""
    return ModelSpec.from_json(read_values(Path(path)))


def read_values(path: Path) -> dict[str, Any]:
    """The spec inside a safetensors file as plain values, of whatever kind it is."""
    metadata = _read_metadata(path)
    try:
        values = json.loads(metadata[METADATA_KEY])
    except (KeyError, TypeError, ValueError) as error:
        detail = f"{path.name} holds no spec of ours: make it with `python -m training.learning train`."
        raise WeightsError("wrong_format", detail) from error
    if not isinstance(values, dict):
        raise WeightsError("wrong_format", f"The spec in {path.name} is not a JSON object.")
    return values


def _read_metadata(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: eight bytes of length (little endian), then that much JSON."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if 2 <= length <= MAX_HEADER_BYTES else None
    except OSError as error:
        raise WeightsError("missing", f"{path} cannot be read: check the path of the weights.") from error
    except ValueError as error:
        raise WeightsError("wrong_format", not_safetensors(path)) from error
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    if header is None or not isinstance(metadata, dict | None):
        raise WeightsError("wrong_format", not_safetensors(path))
    return metadata or {}


def not_safetensors(path: Path) -> str:
    return f"{path.name} is no safetensors file: other formats are not read, because they could run code."


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of the file's bytes; WeightsError "missing"."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError("missing", f"{path} cannot be read: check the path of the weights.") from error

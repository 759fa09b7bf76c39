"""Photos from files and folders, a line for each: what `python -m detection.vision` and `check_photos` share."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from PIL import Image
from tqdm import tqdm

from detection.vision.draw import annotate
from detection.vision.errors import PhotoError
from detection.vision.images import open_photo
from detection.vision.scan import ScannedFace, ScannedPhoto, Scanner

# Which files of a folder are photos; a file named by the user is tried whatever its name.
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".heic", ".heif", ".hif"})
CHUNK = 8  # photos judged in one forward pass
ANNOTATED_QUALITY = 90

Result = ScannedPhoto | PhotoError


@dataclass(frozen=True)
class Output:
    """Where lines go and what they look like. `describe` makes a sentence of a photo's summary."""

    lines: TextIO
    progress: TextIO
    describe: Callable[[Mapping[str, int]], str]
    as_json: bool = False
    annotated_dir: Path | None = None
    model_version: str = ""


def check(paths: Sequence[Path], scanner: Scanner, output: Output) -> int:
    """Scans files and what lies in folders, in the order given; the exit code: 1 when any could not be read."""
    photos, unreadable, saved = list(photos_in(paths)), 0, set[Path]()
    with progress_bar(len(photos), output.progress) as bar:
        for start in range(0, len(photos), CHUNK):
            chunk = photos[start : start + CHUNK]
            for path, result in zip(chunk, scanner.scan(chunk), strict=True):
                unreadable += isinstance(result, PhotoError)
                output.lines.write(line_on(path, result, output) + "\n")
                if output.annotated_dir and isinstance(result, ScannedPhoto):
                    saved.add(save_annotated(path, result, scanner, output.annotated_dir, saved))
                bar.update()
            output.lines.flush()
    return 1 if unreadable else 0


def photos_in(paths: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, and the pictures in the folders and the folders in them, by name."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(file for file in path.rglob("*") if is_picture(file, path))
        yield from found or [path]  # an empty folder is told like an unreadable file


def is_picture(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in SUFFIXES and not hidden and file.is_file()


def progress_bar(count: int, stream: TextIO) -> AbstractContextManager["tqdm[Any]"]:
    return tqdm(total=count, unit="photo", file=stream, disable=count < 2 and not stream.isatty())


def line_on(path: Path, result: Result, output: Output) -> str:
    if output.as_json:
        return json.dumps(json_on(path, result, output.model_version), ensure_ascii=False)
    if isinstance(result, PhotoError):
        return f"{path}: {result.detail}"
    return f"{path}: {output.describe(result.summary)}"


def json_on(path: Path, result: Result, model_version: str) -> dict[str, Any]:
    if isinstance(result, PhotoError):
        return {"file": str(path), "error": {"code": result.code, "detail": result.detail}}
    return {
        "file": str(path),
        "width": result.width,
        "height": result.height,
        "verdict": result.verdict.value,
        "faces": [json_on_face(face, model_version) for face in result.faces],
    }


def json_on_face(face: ScannedFace, model_version: str) -> dict[str, Any]:
    return {
        "box": list(face.box),
        "label": face.label.value,
        "score": round(face.score, 4),
        "scores": {label: round(score, 4) for label, score in face.scores.items()},
        "finder": face.finder,
        "finder_score": round(face.finder_score, 4),
        "judged_by": face.judged_by,
        "model_version": model_version,
    }


def save_annotated(path: Path, photo: ScannedPhoto, scanner: Scanner, folder: Path, taken: set[Path]) -> Path:
    """Writes the photo with its boxes as a JPEG; photos of the same name from different folders get numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / f"{path.stem}.jpg", 1
    while target in taken:
        number += 1
        target = folder / f"{path.stem}-{number}.jpg"
    drawn = annotate(open_photo(path, scanner.limits).pixels, photo.faces)
    Image.fromarray(drawn).save(target, "JPEG", quality=ANNOTATED_QUALITY)
    return target

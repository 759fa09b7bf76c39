"""Small labelled pictures for tests: a face is a coloured square, and its colour tells the label."""

import json
from pathlib import Path

import cv2
import numpy as np

from training.learning.samples import Sample, whole_picture

COLOURS = {
    "mask": (40, 90, 220),
    "no_mask": (220, 160, 120),
    "incorrect": (60, 200, 60),
    "background": (110, 110, 110),
}


def make_pixels(label: str, number: int = 0, height: int = 48, width: int = 48) -> np.ndarray:
    random = np.random.default_rng((number, len(label)))
    pixels = random.normal(COLOURS[label], 18, (height, width, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def write_picture(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1])
    return path


def make_folder(root: Path, counts: dict[str, int], first: int = 0) -> Path:
    """`root/<class folder>/site-000.jpg` ...; the class folder's name may be any alias."""
    from training.learning.folders import label_of_folder

    for folder, count in counts.items():
        label = label_of_folder(folder) or "mask"
        for number in range(first, first + count):
            write_picture(root / folder / f"site-{number:03}.jpg", make_pixels(label, number))
    return root


def make_data(root: Path, train: int = 8, validation: int = 4, test: int = 4) -> Path:
    """An ImageFolder with mask and no_mask in train, validation and test."""
    first = 0
    for part, count in (("train", train), ("validation", validation), ("test", test)):
        if count:
            make_folder(root / part, {"mask": count, "no_mask": count}, first)
        first += count
    return root


def make_samples(counts: dict[str, int], first: int = 0) -> list[Sample]:
    return [
        whole_picture(make_pixels(label, number), label, "site", f"{label}-{number}")
        for label, count in counts.items()
        for number in range(first, first + count)
    ]


def make_scenes(root: Path, photos: int = 3, side: int = 200) -> Path:
    """Grey photos with a masked face on the left, a bare one on the right and an unlabelled one below."""
    images, annotations = [], []
    for number in range(photos):
        pixels = make_pixels("background", number, side, side)
        for category, box in ((1, (20, 20, 50, 60)), (2, (120, 30, 40, 40)), (4, (20, 130, 40, 40))):
            x, y, width, height = box
            label = {1: "mask", 2: "no_mask", 4: "no_mask"}[category]
            pixels[y : y + height, x : x + width] = make_pixels(label, number, height, width)
            annotations.append(
                {"image_id": number, "category_id": category, "bbox": list(box), "iscrowd": int(category == 4)}
            )
        write_picture(root / "images" / f"photo-{number}.jpg", pixels)
        images.append({"id": number, "file_name": f"photo-{number}.jpg", "width": side, "height": side})
    names = ((1, "mask"), (2, "no_mask"), (3, "incorrect"), (4, "unlabelled"))
    coco = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in names],
    }
    (root / "annotations.json").write_text(json.dumps(coco))
    return root

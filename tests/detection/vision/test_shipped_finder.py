"""The finder that ships: small enough, the file it says it is, and better on real photos than what was there before."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.corridor import Corridor, corridor
from detection.vision.finder_spec import STARTER_FINDER, read_finder_spec
from detection.vision.images import open_photo
from detection.vision.labels import Label
from detection.vision.scan import ScannedPhoto, make_scanner
from detection.vision.spec import STARTER, file_sha256
from detection.vision.ssd import SsdFinder
from tests.requirements import DATA, needs
from training.learning.finding.matching import PhotoFound, matched
from training.learning.finding.measure import Faces, faces_of, report_on_faces, scan_scenes
from training.learning.scenes import read_scenes

SAMPLES = Path(__file__).resolve().parents[3] / "static" / "samples"
MOST_BYTES = 8 * 1024 * 1024  # finder and classifier together


def test_finder_and_classifier_are_small_together() -> None:
    assert STARTER_FINDER.stat().st_size + STARTER.stat().st_size <= MOST_BYTES


def test_the_file_is_the_one_its_hash_and_card_name() -> None:
    named = STARTER_FINDER.with_name(STARTER_FINDER.name + ".sha256").read_text().split()
    assert named == [file_sha256(STARTER_FINDER), STARTER_FINDER.name]
    assert file_sha256(STARTER_FINDER)[:8] in STARTER_FINDER.with_name("FINDER_CARD.md").read_text()


def test_it_says_whose_word_the_labels_are() -> None:
    assert read_finder_spec(STARTER_FINDER).judged_by in {"classifier", "finder", "both"}


@pytest.mark.parametrize(("name", "label"), [("portrait.jpg", Label.NO_MASK), ("portrait-with-mask.jpg", Label.MASK)])
def test_the_sample_portraits_have_one_face_judged_right(name: str, label: Label) -> None:
    (photo,) = make_scanner(STARTER).scan([SAMPLES / name])
    assert isinstance(photo, ScannedPhoto)
    assert [face.label for face in photo.faces] == [label]
    assert photo.faces[0].finder == "ssd"


@pytest.mark.parametrize("shade", [0, 114, 180, 255])
def test_an_empty_wall_has_no_face(shade: int) -> None:
    wall = np.full((720, 960, 3), shade, np.uint8)
    assert [item for item in SsdFinder.from_file().find(wall) if item.sure] == []


@needs("data")
def test_a_face_that_fills_the_picture_is_one_face() -> None:
    crop = open_photo(sorted((DATA / "faces" / "validation" / "no_mask").glob("jolignier*"))[0]).pixels
    (photo,) = make_scanner(STARTER).scan([as_png(cv2.resize(crop, (900, 900), interpolation=cv2.INTER_CUBIC))])
    assert isinstance(photo, ScannedPhoto)
    assert len(photo.faces) == 1
    assert photo.faces[0].box.width > 400


@pytest.fixture(scope="module")
def faces() -> Faces:
    return faces_of(scan_scenes(read_scenes(DATA / "scenes")[:40], make_scanner(STARTER)))


@needs("data")
@pytest.mark.slow
class TestOnRealPhotos:
    """Bounds lie well below what was measured on all 150 photos: see the card."""

    def test_most_faces_are_found_and_judged_right(self, faces: Faces) -> None:
        report = report_on_faces(faces)
        assert report["recall_large"]["mask"]["share"] > 0.8
        assert report["recall_large"]["no_mask"]["share"] > 0.8
        assert report["right_label"]["mask"]["share"] > 0.85
        assert report["right_label"]["no_mask"]["share"] > 0.7

    def test_many_more_are_found_than_with_haar(self, faces: Faces) -> None:
        haar = faces_of(scan_scenes(read_scenes(DATA / "scenes")[:40], make_scanner(STARTER, finder="haar")))
        assert faces.found.sum() > 1.2 * haar.found.sum()
        assert faces.wrong <= 1.5 * haar.wrong


@needs("data")
@pytest.mark.slow
def test_in_a_corridor_a_closer_look_finds_far_more_faces() -> None:
    made = corridor(read_scenes(DATA / "scenes"), {}, seed=0)
    once, closely = (faces_found(made, closer_pixels) for closer_pixels in (0, 6_000_000))
    assert closely > 2 * once
    assert closely > 0.5 * len(made.faces)


def faces_found(made: Corridor, closer_pixels: int) -> int:
    scanner = make_scanner(STARTER, closer_pixels=closer_pixels)
    (photo,) = scanner.scan([as_png(made.pixels)])
    assert isinstance(photo, ScannedPhoto)
    boxes = np.array([face.box for face in photo.faces], np.float64).reshape(-1, 4)
    scores = np.array([face.finder_score for face in photo.faces])
    return int((matched(PhotoFound(boxes, scores, made.faces, made.neutral)) >= 0).sum())


def as_png(pixels: np.ndarray) -> bytes:
    written, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert written
    return data.tobytes()

"""Finding faces: Haar on real people, YuNet where its file is given, and clear words where it is not."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from detection.vision import haar
from detection.vision.boxes import Box
from detection.vision.errors import FinderError, WeightsError
from detection.vision.faces import FINDERS, CloserFinder, FaceFinder, HaarFinder, YuNetFinder, make_finder
from detection.vision.images import open_photo
from tests.requirements import DATA, needs

YUNET = DATA / "yunet" / "face_detection_yunet_2026may.onnx"
YUNET_SHA256 = "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0"


MIDDLE = Box(250, 150, 120, 120)


def wall(width: int = 640, height: int = 480) -> np.ndarray:
    return np.full((height, width, 3), 180, np.uint8)


def with_face(where: Box = MIDDLE, *, mirrored: bool = False) -> np.ndarray:
    """A wall with one bare face of the data on it."""
    face = open_photo(sorted((DATA / "faces" / "train" / "no_mask").glob("jolignier*"))[0]).pixels
    picture = wall()
    x, y, width, height = where
    resized = cv2.resize(face, (width, height))
    picture[y : y + height, x : x + width] = resized[:, ::-1] if mirrored else resized
    return picture


class TestHaar:
    def test_an_empty_wall_has_no_face(self) -> None:
        assert HaarFinder().find(wall()) == []

    @needs("data")
    @pytest.mark.parametrize("mirrored", [False, True])
    def test_a_face_is_found_where_it_is(self, mirrored: bool) -> None:
        found = HaarFinder().find(with_face(mirrored=mirrored))
        assert max(item.box.iou(Box(265, 165, 90, 90)) for item in found) > 0.4
        assert {item.finder for item in found} == {"haar"}

    @needs("data")
    def test_boxes_are_in_pixels_of_the_picture_given_however_large(self) -> None:
        finder, small = HaarFinder(), with_face()
        large = cv2.resize(small, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        best_small, best_large = (finder.find(picture)[0].box for picture in (small, large))
        assert best_small.scaled(3, 3).iou(best_large) > 0.5

    @needs("data")
    def test_the_surest_comes_first_and_is_trusted_more(self) -> None:
        found = HaarFinder().find(with_face())
        assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
        assert all(item.trust == pytest.approx(item.score / haar.TRUSTED_VOTES) for item in found)

    @needs("data")
    def test_boxes_stay_on_the_picture(self) -> None:
        for item in HaarFinder().find(with_face(Box(540, 0, 100, 100))):
            assert item.box == item.box.clipped(640, 480)

    @needs("data")
    def test_leaving_out_stages_finds_more(self) -> None:
        photos = [open_photo(path).pixels for path in sorted((DATA / "scenes_train" / "images").glob("*.jpg"))[:12]]
        whole = tuple(cascade._replace(left_out=0) for cascade in haar.CASCADES)
        ours, theirs = (sum(len(f.find(p)) for p in photos) for f in (HaarFinder(), HaarFinder(whole)))
        assert ours > theirs > 0

    @pytest.mark.parametrize(("votes_each", "expected"), [(1, haar.MOST_WITH_ONE_VOTE), (2, haar.MOST_BOXES)])
    def test_there_is_an_end_to_boxes_and_an_earlier_one_to_those_with_one_vote(
        self, votes_each: int, expected: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        places = [[x, y, 20.0, 20.0] for x in range(0, 600, 30) for y in range(0, 450, 30)]
        votes = iter([np.array(places * votes_each), np.zeros((0, 4)), np.zeros((0, 4))])
        monkeypatch.setattr(haar, "search", lambda *given: next(votes))
        assert len(HaarFinder().find(wall())) == expected

    @pytest.mark.parametrize("shape", [(1, 1), (19, 300), (4000, 3)])
    def test_any_size_can_be_searched(self, shape: tuple[int, int]) -> None:
        assert HaarFinder().find(np.zeros((*shape, 3), np.uint8)) == []


class TestCascadeFiles:
    def test_stages_are_left_out_at_the_end(self) -> None:
        text = (Path(cv2.__file__).parent / "data" / haar.FRONTAL).read_text(encoding="utf-8")
        shorter = haar.shortened(text, 6)
        assert text.count("<maxWeakCount>") - shorter.count("<maxWeakCount>") == 6
        assert "<stageNum>19</stageNum>" in shorter
        assert haar.shortened(text, 0) == text

    @pytest.mark.parametrize("left_out", [-1, 25, 100])
    def test_some_stages_must_stay(self, left_out: int) -> None:
        with pytest.raises(FinderError) as error:
            haar.load(haar.FRONTAL, left_out)
        assert error.value.code == "wrong_format"

    def test_an_opencv_without_cascades_is_named(self) -> None:
        with pytest.raises(FinderError, match="opencv-python-headless 4") as error:
            haar.load("haarcascade_of_nobody.xml", 0)
        assert error.value.code == "missing"


class TestYuNet:
    @needs("data")
    def test_a_face_is_found_where_it_is(self) -> None:
        finder = YuNetFinder(YUNET, YUNET_SHA256)
        found = finder.find(with_face())
        assert found[0].box.iou(Box(265, 165, 90, 90)) > 0.4
        assert 0.5 <= found[0].score <= 1
        assert found[0].finder == "yunet"
        assert finder.find(wall()) == []

    @needs("data")
    def test_one_finder_takes_pictures_of_any_size(self) -> None:
        finder = YuNetFinder(YUNET, YUNET_SHA256)
        large = cv2.resize(with_face(), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        for picture, scale in ((with_face(), 1), (large, 4), (with_face()[:400, 100:], 1)):
            found = finder.find(picture)
            assert found
            assert found[0].box == found[0].box.clipped(picture.shape[1], picture.shape[0])
            assert found[0].box.width == pytest.approx(90 * scale, rel=0.4)

    @pytest.mark.parametrize("name", ["", "/nowhere/model.onnx"])
    def test_without_its_file_it_says_what_to_do(self, name: str) -> None:
        with pytest.raises(FinderError, match="use the finder haar") as error:
            make_finder("yunet", yunet_file=name, yunet_sha256="0" * 64)
        assert error.value.code == "missing"

    @pytest.mark.parametrize("sha256", ["", "0" * 64])
    def test_a_file_nobody_vouches_for_is_refused(self, sha256: str, tmp_path: Path) -> None:
        (tmp_path / "model.onnx").write_bytes(b"anything")
        with pytest.raises(FinderError, match="sha256") as error:
            YuNetFinder(tmp_path / "model.onnx", sha256)
        assert error.value.code == "wrong_hash"

    def test_a_file_that_is_no_model_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "model.onnx").write_bytes(b"anything")
        with pytest.raises(FinderError) as error:
            YuNetFinder(tmp_path / "model.onnx", hashlib.sha256(b"anything").hexdigest().upper())
        assert error.value.code == "wrong_format"


def test_an_unknown_finder_is_told_the_known_ones() -> None:
    with pytest.raises(FinderError) as error:
        make_finder("eyes")
    assert error.value.code == "unknown_finder"
    assert all(name in error.value.detail for name in FINDERS)


def test_haar_needs_nothing_looks_once_and_leaves_the_label_to_the_classifier() -> None:
    finder = make_finder("haar")
    assert finder.name == "haar"
    assert not isinstance(finder, CloserFinder)
    assert not hasattr(finder, "judged_by")


@needs("data")
@pytest.mark.parametrize("finder", [HaarFinder(), *([YuNetFinder(YUNET, YUNET_SHA256)] if YUNET.is_file() else [])])
def test_what_the_others_find_is_sure_and_not_judged(finder: FaceFinder) -> None:
    assert {(item.sure, item.labels) for item in finder.find(with_face())} == {(True, None)}


def test_ours_is_the_first_of_the_finders_and_tells_when_its_weights_are_missing() -> None:
    assert FINDERS[0] == "ssd"
    with pytest.raises(WeightsError, match="check the path") as error:
        make_finder("ssd", finder_weights=Path("nowhere.safetensors"))
    assert error.value.code == "missing"

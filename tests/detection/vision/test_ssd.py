"""The finder of our own: where its boxes come out, with a network that sees squares; and real weights from a file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from detection.vision.boxes import Box, FoundBox
from detection.vision.errors import WeightsError
from detection.vision.faces import CloserFinder, make_finder
from detection.vision.finder_spec import FinderSpec
from detection.vision.ssd import CERTAIN, MOST_BOXES, PADDING, Raw, SsdFinder, resized, surest
from detection.vision.weights import save
from tests.detection.vision.models import make_finder_model, make_model, save_finder
from tests.detection.vision.squares import Square, SquareNetwork, draw, make_square_finder, seen_by

sides = some.integers(40, 900)
SMALL = Square(Box(500, 300, 20, 20))


@pytest.fixture(autouse=True)
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half precision moves boxes by a pixel."""
    monkeypatch.setenv("MASKWEB_BF16", "0")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "finder.safetensors"


def boxes_of(found: Sequence[FoundBox]) -> list[Box]:
    return [item.box for item in found]


class TestFind:
    @pytest.mark.parametrize("size", [(640, 480), (100, 70), (33, 200), (64, 64)])
    def test_a_small_picture_is_searched_as_large_as_it_is(self, size: tuple[int, int]) -> None:
        finder, face = make_square_finder(), Square(Box(7, 11, 13, 17))

        assert boxes_of(finder.find(draw(*size, face))) == [face.box]
        assert seen_by(finder) == [tuple(-(-side // 32) * 32 for side in size)]

    @pytest.mark.parametrize("size", [(2560, 1920), (1000, 3000), (4000, 400)])
    def test_a_large_picture_is_searched_smaller_and_told_in_its_own_pixels(self, size: tuple[int, int]) -> None:
        finder = make_square_finder()
        face = Square(Box(size[0] // 2, size[1] // 3, 120, 160))

        (found,) = finder.find(draw(*size, face))

        assert found.box.iou(face.box) > 0.85
        assert max(seen_by(finder)[0]) == 640

    @settings(max_examples=30, deadline=None)
    @given(width=sides, height=sides, x=some.integers(0, 860), y=some.integers(0, 860))
    def test_any_face_comes_out_where_it_is_and_nothing_lies_outside(
        self, width: int, height: int, x: int, y: int
    ) -> None:
        face = Square(Box(min(x, width - 40), min(y, height - 40), 40, 40))

        (found,) = make_square_finder(working_side=256).find(draw(width, height, face))

        assert found.box.iou(face.box) > 0.6
        assert found.box == found.box.clipped(width, height)

    def test_faint_boxes_are_told_but_not_as_sure(self) -> None:
        squares = [Square(Box(60 * at, 20, 30, 30), score) for at, score in enumerate((0.2, 0.9, 0.05, 0.5))]

        found = make_square_finder(found_above=0.4, faint_above=0.15).find(draw(300, 100, *squares))

        assert [round(item.score, 1) for item in found] == [0.9, 0.5, 0.2]
        assert [item.sure for item in found] == [True, True, False]
        assert {item.finder for item in found} == {"ssd"}

    @pytest.mark.parametrize("label", ["mask", "no_mask", "incorrect"])
    def test_a_face_is_judged_too(self, label: str) -> None:
        (found,) = make_square_finder().find(draw(96, 96, Square(Box(20, 20, 40, 40), label=label)))

        assert found.labels
        assert max(found.labels, key=lambda name: found.labels[name]) == label  # type: ignore[index]
        assert sum(found.labels.values()) == pytest.approx(1)

    def test_the_temperature_makes_its_word_on_labels_softer_and_changes_no_score(self) -> None:
        picture = draw(96, 96, Square(Box(20, 20, 40, 40), 0.8))

        (cold,), (warm,) = (make_square_finder(temperature=t).find(picture) for t in (1.0, 5.0))

        assert cold.labels["mask"] > warm.labels["mask"] > 0.34  # type: ignore[index]
        assert cold.score == warm.score == pytest.approx(0.8, abs=0.01)

    @pytest.mark.parametrize(("score", "odds"), [(0.5, 1.0), (0.8, 4.0), (1.0, CERTAIN / (1 - CERTAIN))])
    def test_trust_is_the_odds_of_the_score_times_the_specs(self, score: float, odds: float) -> None:
        (found,) = make_square_finder(trust=3.0).find(draw(96, 96, Square(Box(20, 20, 40, 40), score)))

        assert found.trust == pytest.approx(3 * odds, rel=0.05)

    @pytest.mark.parametrize("score", [0.4, 0.8])
    def test_the_less_the_classifier_counts_the_more_the_odds_of_the_score_do(self, score: float) -> None:
        picture = draw(96, 96, Square(Box(20, 20, 40, 40), score))

        ((much,), (little,)) = (
            make_square_finder(found_above=0.3, classifier_weight=weight).find(picture) for weight in (1.0, 0.5)
        )

        assert little.trust == pytest.approx(much.trust**2)
        assert little.enough is (score > 0.5)

    def test_what_is_seen_in_the_padding_is_no_face(self) -> None:
        class SeesGrey(SsdFinder):
            def look(self, pixels: np.ndarray, least_score: float) -> object:  # type: ignore[override]
                boxes = np.array([[100.0, 0, 28, 28], [60, 10, 60, 20]])
                return boxes, np.array([0.9, 0.8]), np.full((2, 3), 1 / 3)

        found = SeesGrey(make_finder_model(), FinderSpec(), "cpu").find(np.zeros((100, 100, 3), np.uint8))

        assert boxes_of(found) == [Box(60, 10, 40, 20)]

    def test_the_padding_is_grey_and_nothing_is_found_there(self) -> None:
        assert make_square_finder().find(np.full((33, 33, 3), PADDING, np.uint8)) == []

    @pytest.mark.parametrize("shape", [(1, 1), (1, 900), (33, 2)])
    def test_any_size_can_be_searched(self, shape: tuple[int, int]) -> None:
        assert make_square_finder().find(np.zeros((*shape, 3), np.uint8)) == []

    def test_the_picture_itself_is_not_changed(self) -> None:
        picture = draw(96, 96, Square(Box(20, 20, 40, 40)))
        before = picture.copy()

        SsdFinder(make_finder_model(), FinderSpec(), "cpu").find(picture)

        assert np.array_equal(picture, before)


class TestLargeFaces:
    def test_a_face_that_fills_the_picture_is_looked_for_on_a_smaller_one_too(self) -> None:
        finder = make_square_finder(working_side=640)

        (found,) = finder.find(draw(1280, 960, Square(Box(200, 100, 600, 700))))

        assert finder._model.seen == [(640, 480), (320, 256)]
        assert found.box.iou(Box(200, 100, 600, 700)) > 0.97

    def test_once_is_enough_for_all_others(self) -> None:
        finder = make_square_finder(working_side=640)

        finder.find(draw(1280, 960, Square(Box(200, 100, 480, 500))))

        assert finder._model.seen == [(640, 480)]

    def test_what_was_seen_on_the_smaller_picture_counts_for_the_large_face_and_no_other(self) -> None:
        """The first look takes a part of the large face for the face; the small one beside it stays as it was seen."""
        large, small = Box(100, 100, 700, 700), Box(1000, 300, 60, 60)

        class SeesAPart(SsdFinder):
            def look(self, pixels: np.ndarray, least_score: float) -> Raw:
                boxes = [(50, 50, 300, 260), (500, 150, 30, 30)] if pixels.shape[1] == 640 else [(25, 25, 175, 175)]
                return Raw(np.array(boxes, float), np.full(len(boxes), 0.9), np.full((len(boxes), 3), 1 / 3))

        found = SeesAPart(SquareNetwork(), FinderSpec(working_side=640), "cpu").find(draw(1280, 960))

        assert sorted(item.box for item in found) == [large, small]


class TestCloserLook:
    def test_a_small_face_is_a_reason_in_pixels_of_the_picture_searched(self) -> None:
        finder = make_square_finder()
        picture = draw(1280, 960, Square(Box(400, 300, 40, 40)))

        side = finder.closer_side(finder.find(picture), picture, (4000, 3000))

        assert side == pytest.approx(640 * 48 / 20, rel=0.05)
        assert make_square_finder(closer_pixels=0).closer_side([], picture, (4000, 3000)) == 0

    def test_large_faces_are_none(self) -> None:
        finder, picture = make_square_finder(), draw(640, 480, Square(Box(100, 100, 80, 100)))

        assert finder.closer_side(finder.find(picture), picture, (4000, 3000)) == 0

    def test_known_faces_stay_and_faint_ones_must_be_found_again(self) -> None:
        known = [FoundBox(Box(100, 100, 90, 90), 0.7, "ssd"), FoundBox(Box(300, 100, 30, 30), 0.2, "ssd", sure=False)]

        found = make_square_finder().find_closely(draw(640, 480, SMALL), 960, known)

        assert [item.box.iou(SMALL.box) > 0.9 for item in found] == [True, False]
        assert found[1] == known[0]

    def test_a_known_face_found_again_is_told_once_where_it_was_seen_surest(self) -> None:
        picture = draw(640, 480, SMALL)
        known = [FoundBox(Box(501, 301, 20, 20), 0.5, "ssd"), FoundBox(Box(20, 20, 60, 60), 0.99, "ssd")]

        found = make_square_finder().find_closely(picture, 1280, known)

        assert boxes_of(found) == [Box(20, 20, 60, 60), SMALL.box]
        assert found[1].score == pytest.approx(0.9, abs=0.01)

    def test_a_face_that_lies_in_two_tiles_is_found_once(self) -> None:
        finder, face = make_square_finder(), Square(Box(970, 500, 50, 60))

        found = finder.find_closely(draw(1920, 1000, face), 1920, [])

        assert seen_by(finder) == [(1024, 1024)] * 2
        assert boxes_of(found) == [face.box]

    def test_a_face_cut_by_a_tile_is_left_to_the_first_look(self) -> None:
        face = Square(Box(700, 200, 500, 600))
        picture, known = draw(1920, 1000, face), [FoundBox(Box(701, 200, 500, 600), 0.6, "ssd")]

        assert make_square_finder().find_closely(picture, 1920, []) == []
        assert make_square_finder().find_closely(picture, 1920, known) == known

    def test_a_face_at_the_edge_of_the_picture_is_not_taken_for_cut(self) -> None:
        faces = [Square(Box(0, 0, 40, 40)), Square(Box(1880, 960, 40, 40), 0.8)]

        assert boxes_of(make_square_finder().find_closely(draw(1920, 1000, *faces), 1920, [])) == [f.box for f in faces]

    def test_only_sure_faces_are_told(self) -> None:
        assert make_square_finder().find_closely(draw(640, 480, SMALL._replace(score=0.3)), 1280, []) == []

    @settings(max_examples=30, deadline=None)
    @given(width=some.integers(60, 400), height=some.integers(60, 400), side=some.integers(60, 1100))
    def test_boxes_are_in_pixels_of_the_picture_given_and_stay_on_it(self, width: int, height: int, side: int) -> None:
        face = Square(Box(width - 30, height - 30, 30, 30))

        (found,) = make_square_finder().find_closely(draw(width, height, face), side, [])

        assert found.box.iou(face.box) > 0.6
        assert found.box == found.box.clipped(width, height)


class TestWeights:
    def test_a_finder_comes_from_its_file_and_says_the_same_again(self, path: Path) -> None:
        digest = save_finder(path, judged_by="classifier", found_above=0.02, faint_above=0.005)
        picture = np.random.default_rng(1).integers(0, 256, (80, 120, 3), np.uint8)

        one, two = (make_finder("ssd", finder_weights=path, finder_sha256=digest, device="cpu") for _ in range(2))

        assert isinstance(one, CloserFinder)
        assert (one.name, one.judged_by) == ("ssd", "classifier")  # type: ignore[attr-defined]
        assert one.find(picture) == two.find(picture)
        assert all(item.box == item.box.clipped(120, 80) for item in one.find(picture))

    def test_no_more_pixels_than_given_are_looked_at_closely(self, path: Path) -> None:
        save_finder(path)

        finder = make_finder("ssd", finder_weights=path, device="cpu", closer_pixels=0)

        assert finder.closer_side([], np.zeros((64, 64, 3), np.uint8), (4000, 3000)) == 0  # type: ignore[attr-defined]

    def test_another_hash_is_refused(self, path: Path) -> None:
        save_finder(path)

        with pytest.raises(WeightsError, match="SHA-256") as caught:
            SsdFinder.from_file(path, "0" * 64)
        assert caught.value.code == "wrong_hash"

    @pytest.mark.parametrize("sha256", [None, "0" * 64])
    def test_a_missing_file_is_said_to_be_missing(self, path: Path, sha256: str | None) -> None:
        with pytest.raises(WeightsError, match="check the path") as caught:
            SsdFinder.from_file(path, sha256)
        assert caught.value.code == "missing"

    @pytest.mark.parametrize("kept", [0.0, 0.3, 0.999])
    def test_a_damaged_file_is_refused(self, path: Path, kept: float) -> None:
        save_finder(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(kept * len(data))])

        with pytest.raises(WeightsError, match="no safetensors file") as caught:
            SsdFinder.from_file(path)
        assert caught.value.code == "wrong_format"

    def test_weights_of_another_network_do_not_fit(self, path: Path) -> None:
        save(make_model(), FinderSpec(), path)

        with pytest.raises(WeightsError, match="do not fit slim_vgg16_ssd") as caught:
            SsdFinder.from_file(path)
        assert caught.value.code == "wrong_shape"


class TestSurest:
    def test_of_boxes_on_one_face_the_first_stays(self) -> None:
        boxes = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [30, 0, 10, 10], [31, 1, 10, 10]], np.float64)

        assert surest(boxes, 0.45) == [0, 2]

    def test_a_box_that_was_left_out_takes_no_other_away(self) -> None:
        """Each overlaps the next, but the third does not overlap the first."""
        boxes = np.array([[0, 0, 30, 10], [10, 0, 30, 10], [20, 0, 30, 10]], np.float64)

        assert surest(boxes, 0.45) == [0, 2]

    def test_no_boxes_are_none(self) -> None:
        assert surest(np.zeros((0, 4)), 0.45) == []

    def test_there_is_an_end_to_boxes(self) -> None:
        squares = [Square(Box(8 * x, 8 * y, 4, 4)) for x in range(30) for y in range(30)]

        assert len(make_square_finder().find(draw(256, 256, *squares))) == MOST_BOXES


@pytest.mark.parametrize(("side", "shape"), [(50, (25, 50)), (200, (100, 200)), (100, (50, 100)), (1, (1, 1))])
def test_resizing_keeps_the_shape(side: int, shape: tuple[int, int]) -> None:
    small, scale = resized(np.zeros((50, 100, 3), np.uint8), side)

    assert small.shape[:2] == shape
    assert scale == side / 100

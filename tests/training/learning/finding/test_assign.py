"""Which cells are to find which face."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from detection.vision.finder_network import START_SIDE, cells_of
from training.learning.finding.assign import DOUBTFUL_REACH, LEAST_SCORE, REACH, Wanted, assigned, in_any, own_iou
from training.learning.finding.marked import IGNORED

SIZE = 128
CELLS = cells_of(SIZE, SIZE)
MIDDLES, STRIDES = CELLS
Box = tuple[float, float, float, float]


def without_opinion() -> torch.Tensor:
    """The boxes a network tells at the start of its training."""
    reach = START_SIDE * STRIDES[:, None]
    return torch.cat([MIDDLES - reach, MIDDLES + reach], dim=1)


def assign(*faces: Box, labels: tuple[int, ...] = (), boxes: torch.Tensor | None = None) -> Wanted:
    true_boxes = torch.tensor(faces, dtype=torch.float32).reshape(-1, 4)
    true_labels = torch.tensor(labels or (0,) * len(faces), dtype=torch.long)
    return assigned(without_opinion() if boxes is None else boxes, true_boxes, true_labels, CELLS)


@pytest.mark.parametrize(
    ("side", "strides"), [(20, {4}), (30, {4, 8}), (40, {8}), (65, {8, 16}), (80, {16}), (126, {16})]
)
def test_faces_are_found_at_the_strides_that_fit_their_size(side: int, strides: set[int]) -> None:
    wanted = assign((64 - side / 2, 64 - side / 2, 64 + side / 2, 64 + side / 2))

    assert set(STRIDES[wanted.of == 0].int().tolist()) == strides


def test_the_cells_round_a_faces_middle_find_it_those_farther_in_it_need_not_deny_it() -> None:
    wanted = assign((32, 32, 88, 88))  # at stride 8, its middle between four cells

    far = ((MIDDLES - 60).abs().amax(1) / STRIDES)[STRIDES == 8]
    assert ((wanted.of == 0)[STRIDES == 8] == (far < REACH)).all()
    assert (wanted.counted[STRIDES == 8] == ((far < REACH) | (far >= DOUBTFUL_REACH))).all()
    assert wanted.counted[STRIDES == 4].all()


def test_a_cell_should_tell_how_well_its_box_fits() -> None:
    face, boxes = (40.0, 40.0, 60.0, 60.0), without_opinion()
    mine = assign(face).of == 0
    boxes[mine] = torch.tensor([40.0, 40.0, 60.0, 50.0])

    assert assign(face, boxes=boxes).face[mine].tolist() == pytest.approx([0.5] * int(mine.sum()))


def test_a_box_that_does_not_fit_at_all_still_has_a_score_to_learn() -> None:
    face, boxes = (40.0, 40.0, 60.0, 60.0), without_opinion()
    mine = assign(face).of == 0
    boxes[mine] = torch.tensor([0.0, 0.0, 1.0, 1.0])

    assert assign(face, boxes=boxes).face[mine].tolist() == pytest.approx([LEAST_SCORE] * int(mine.sum()))


@settings(max_examples=60, deadline=None)
@given(x=some.floats(0, 120), y=some.floats(0, 120), width=some.floats(2, 126), height=some.floats(2, 126))
def test_every_face_has_a_cell_however_small_and_wherever_it_lies(
    x: float, y: float, width: float, height: float
) -> None:
    wanted = assign((x, y, min(x + width, 128.0), min(y + height, 128.0)))

    mine = wanted.of == 0
    assert mine.any()
    assert (wanted.face[mine] >= 0).all()
    assert float(wanted.face.max()) > 0
    assert float(wanted.face.max()) <= 1
    assert (wanted.face[~mine] == 0).all()
    assert wanted.counted[mine].all()


def test_neighbours_share_no_cell_and_each_keeps_some() -> None:
    wanted = assign((20, 20, 60, 70), (40, 25, 80, 75), (44, 90, 60, 110), labels=(0, 1, 2))

    assert set(wanted.of.unique().tolist()) == {-1, 0, 1, 2}
    for face, middle in ((0, 30), (1, 70)):
        mine = MIDDLES[wanted.of == face][:, 0]
        assert abs(float(mine.mean()) - middle) < 20


def test_places_are_those_of_all_faces_the_ignored_ones_counted() -> None:
    wanted = assign((0, 0, 30, 30), (60, 60, 100, 100), labels=(IGNORED, 2))

    assert set(wanted.of.unique().tolist()) == {-1, 1}


def test_where_a_face_is_ignored_nothing_counts_and_nothing_is_wanted() -> None:
    wanted = assign((30, 30, 70, 70), labels=(IGNORED,))

    inside = ((MIDDLES > 30) & (MIDDLES < 70)).all(1)
    assert not wanted.counted[inside].any()
    assert wanted.counted[((MIDDLES < 24) | (MIDDLES > 76)).any(1)].all()
    assert (wanted.face == 0).all()
    assert (wanted.of == -1).all()


def test_a_face_in_front_of_an_ignored_one_is_learned() -> None:
    wanted = assign((30, 30, 90, 90), (50, 50, 74, 74), labels=(IGNORED, 0))

    assert wanted.counted[wanted.of == 1].all()
    assert (wanted.of == 1).any()


def test_a_picture_of_nobody_counts_everywhere_and_wants_nothing() -> None:
    wanted = assign()

    assert wanted.counted.all()
    assert (wanted.face == 0).all()
    assert (wanted.of == -1).all()


def test_cells_just_beside_an_ignored_box_are_left_out_too() -> None:
    middles = torch.tensor([[29.0, 50.0], [25.0, 50.0], [50.0, 50.0]])

    assert in_any(middles, torch.tensor([[30.0, 30, 70, 70]])).tolist() == [True, False, True]
    assert in_any(middles, torch.zeros(0, 4)).tolist() == [False] * 3


def test_a_box_is_compared_with_its_own_face() -> None:
    one = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 0, 0]])
    other = torch.tensor([[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]])

    torch.testing.assert_close(own_iou(one, other), torch.tensor([1, 1 / 3, 0.0]))

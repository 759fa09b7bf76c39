from pathlib import Path

import pytest

from tests.training.learning.pictures import make_data, make_folder, make_pixels, make_scenes, write_picture
from training.learning.data import Sources
from training.learning.errors import LearningError
from training.learning.finding.marked import CLASSES, IGNORED
from training.learning.finding.stock import gather_stock, split_scenes


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    make_data(tmp_path / "data", train=6)
    make_folder(tmp_path, {"incorrect": 12})
    make_scenes(tmp_path / "scenes", photos=12)
    return Sources(tmp_path / "data", tmp_path / "incorrect", tmp_path / "scenes")


def test_a_tenth_of_the_photos_is_held_out_always_the_same_ones(sources: Sources) -> None:
    learnt, held = split_scenes(sources)

    assert {scene.path.name for scene in held} == {"photo-6.jpg", "photo-11.jpg"}
    assert len(learnt) == 10
    assert not {scene.group for scene in learnt} & {scene.group for scene in held}
    assert split_scenes(sources) == (learnt, held)


def test_too_few_photos_are_said_to_be_too_few(tmp_path: Path) -> None:
    make_data(tmp_path / "data")
    make_scenes(tmp_path / "scenes", photos=3)

    with pytest.raises(LearningError, match="too few photos"):
        split_scenes(Sources(tmp_path / "data", scenes=tmp_path / "scenes"))


def test_photos_and_single_faces_are_gathered_with_their_labels(sources: Sources) -> None:
    ticks: list[int] = []

    stock = gather_stock(sources, lambda: ticks.append(1))

    assert len(stock.photos) == 10
    assert all(photo.labels.tolist() == [0, 1, IGNORED] and photo.exact.all() for photo in stock.photos)
    names = [CLASSES[int(crop.labels[0])] for crop in stock.crops]
    assert set(names) == set(CLASSES)
    assert not any(crop.exact.any() for crop in stock.crops)
    assert len(ticks) == len(stock.photos) + len(stock.crops)
    assert [len(faces) for faces in stock.faces()] == [10, 10, 0]


@pytest.mark.parametrize(("photo", "more"), [("photo-5.jpg", 1), ("photo-6.jpg", 0)])
def test_a_photo_held_out_gives_no_single_face_either(sources: Sources, photo: str, more: int) -> None:
    before = len(gather_stock(sources).crops)
    write_picture(sources.data / "train" / "mask" / photo, make_pixels("mask"))

    assert len(gather_stock(sources).crops) == before + more


def test_pictures_that_show_no_face_are_not_pasted_as_one(sources: Sources) -> None:
    before = len(gather_stock(sources).crops)
    for number in range(3):
        write_picture(sources.data / "train" / "background" / f"wall-{number}.jpg", make_pixels("background", number))

    assert len(gather_stock(sources).crops) == before


def test_photos_without_any_labelled_face_teach_nothing(sources: Sources) -> None:
    assert sources.scenes
    table = sources.scenes / "annotations.json"
    table.write_text(table.read_text().replace('"iscrowd": 0', '"iscrowd": 1'))

    with pytest.raises(LearningError, match="has a labelled face"):
        gather_stock(sources)

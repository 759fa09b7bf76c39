from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.requirements import DATA, needs
from tests.training.learning.pictures import make_data, make_folder, make_samples, make_scenes
from training.learning.data import Sources, gather, made_harder, pictures_of, scenes_of, with_fewer_backgrounds
from training.learning.errors import LearningError


def write_provenance(root: Path, rows: dict[str, str]) -> None:
    lines = [f"{file},someone/photos,{photo}" for file, photo in rows.items()]
    (root / "provenance.csv").write_text("\n".join(["file,source_repository,source_path", *lines]) + "\n")


def test_train_and_validation_come_from_their_folders(tmp_path: Path) -> None:
    learnt = gather(Sources(make_data(tmp_path, train=5, validation=3)))

    assert learnt.counts() == {"train": {"mask": 5, "no_mask": 5}, "validation": {"mask": 3, "no_mask": 3}}
    assert learnt.classes == ("mask", "no_mask")


@pytest.mark.parametrize("name", ["val", "valid"])
def test_the_validation_folder_may_have_a_short_name(tmp_path: Path, name: str) -> None:
    make_data(tmp_path, train=3, validation=2)
    (tmp_path / "validation").rename(tmp_path / name)

    assert gather(Sources(tmp_path)).counts()["validation"] == {"mask": 2, "no_mask": 2}


def test_without_a_validation_folder_a_part_of_the_photos_is_held_out(tmp_path: Path) -> None:
    train, validation = pictures_of(Sources(make_data(tmp_path, train=60, validation=0, test=0)))

    assert len(train) + len(validation) == 120
    assert 0 < len(validation) < 40
    assert not {p.group for p in train} & {p.group for p in validation}


def test_without_a_train_folder_it_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="needs train/"):
        gather(Sources(tmp_path))


def test_classes_must_be_the_same_in_training_and_validation(tmp_path: Path) -> None:
    make_data(tmp_path)
    make_folder(tmp_path / "train", {"incorrect": 2})

    with pytest.raises(LearningError, match="incorrect"):
        gather(Sources(tmp_path))


def test_no_photo_of_the_test_folder_is_learned_from(tmp_path: Path) -> None:
    data = make_data(tmp_path / "faces")
    make_folder(tmp_path, {"extra": 0})
    make_folder(tmp_path / "wrong", {"incorrect": 6}, first=50)
    tested = sorted((data / "test" / "mask").iterdir())[0].relative_to(tmp_path).as_posix()
    rows = {tested: "shared.jpg", "incorrect/site-050.jpg": "shared.jpg"}
    (tmp_path / "wrong" / "incorrect").rename(tmp_path / "incorrect")
    write_provenance(tmp_path, rows)

    train, validation = pictures_of(Sources(data, tmp_path / "incorrect"))

    assert "site-050.jpg" not in {p.path.name for p in [*train, *validation]}
    assert sum(p.label == "incorrect" for p in [*train, *validation]) == 5


def test_a_photo_in_validation_gives_nothing_to_training(tmp_path: Path) -> None:
    data = make_data(tmp_path / "faces")
    make_folder(tmp_path, {"incorrect": 6}, first=50)
    watched = sorted((data / "validation" / "mask").iterdir())[0].relative_to(tmp_path).as_posix()
    write_provenance(tmp_path, {watched: "shared.jpg", "incorrect/site-050.jpg": "shared.jpg"})

    _, validation = pictures_of(Sources(data, tmp_path / "incorrect"))

    assert "site-050.jpg" in {p.path.name for p in validation}


def test_scenes_add_faces_and_background_on_both_sides_of_the_split(tmp_path: Path) -> None:
    sources = Sources(make_data(tmp_path / "faces"), scenes=make_scenes(tmp_path / "scenes", photos=30))
    found = {f"photo-{number}.jpg": [(130, 140, 40, 40)] for number in range(30)}

    learnt = gather(sources, found)

    scenes = [
        Counter(s.label for s in part if s.group.startswith("photo")) for part in (learnt.train, learnt.validation)
    ]
    assert scenes[0]["background"] + scenes[1]["background"] == 30
    assert all(part["mask"] == part["no_mask"] == part["background"] > 0 for part in scenes)
    assert not {s.group for s in learnt.train} & {s.group for s in learnt.validation if s.group.startswith("photo")}


def test_a_scene_that_gave_a_test_picture_is_left_out(tmp_path: Path) -> None:
    data, scenes = make_data(tmp_path / "faces"), make_scenes(tmp_path / "scenes", photos=3)
    tested = sorted((data / "test" / "mask").iterdir())[0].relative_to(tmp_path).as_posix()
    write_provenance(tmp_path, {tested: "a.jpg", "scenes/images/photo-1.jpg": "a.jpg"})

    kept = [scene.path.name for scene in scenes_of(Sources(data, scenes=scenes))]

    assert kept == ["photo-0.jpg", "photo-2.jpg"]


def test_backgrounds_do_not_outnumber_the_faces_of_validation() -> None:
    samples = make_samples({"mask": 4, "no_mask": 2, "background": 30})

    once, again = with_fewer_backgrounds(samples), with_fewer_backgrounds(samples)

    assert Counter(s.label for s in once) == {"mask": 4, "no_mask": 2, "background": 4}
    assert [s.group for s in once] == [s.group for s in again]


def test_few_backgrounds_all_stay() -> None:
    samples = make_samples({"mask": 4, "no_mask": 2, "background": 3})

    assert with_fewer_backgrounds(samples) == samples


def test_without_scenes_there_are_none(tmp_path: Path) -> None:
    assert scenes_of(Sources(make_data(tmp_path))) == []


def test_harder_pictures_keep_their_labels_and_are_always_the_same() -> None:
    samples = make_samples({"mask": 2, "no_mask": 1})

    once, again = made_harder(samples, 32), made_harder(samples, 32)

    assert [s.label for s in once] == [s.label for s in samples]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(once, again, strict=True))
    assert {s.pixels.shape for s in once} == {(32, 32, 3)}


@needs("data")
def test_no_real_photo_is_learned_from_and_also_validated_or_tested_with() -> None:
    from training.learning.data import _apart

    sources = Sources(DATA / "faces", DATA / "faces_incorrect", DATA / "scenes_train")
    train, validation = pictures_of(sources)
    scenes = scenes_of(sources)

    learned_from = {p.group for p in train}
    assert not learned_from & {p.group for p in validation}
    assert not (learned_from | {s.group for s in scenes}) & {p.group for p in _apart(sources)}
    assert len(train) > 1500

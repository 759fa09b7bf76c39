from pathlib import Path

import pytest

from tests.training.learning.pictures import make_folder
from training.learning.errors import LearningError
from training.learning.folders import (
    label_of_folder,
    labelled_pictures,
    photo_groups,
    pictures_of_one_label,
    source_of,
)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("mask", "mask"),
        ("with_mask", "mask"),
        ("WithMask", "mask"),
        ("faceWithMask", "mask"),
        ("face_no_mask", "no_mask"),
        ("no_mask", "no_mask"),
        ("without_mask", "no_mask"),
        ("WithoutMask", "no_mask"),
        ("incorrect", "incorrect"),
        ("mask_weared_incorrect", "incorrect"),
        ("background", "background"),
        ("cats", None),
        ("", None),
    ],
)
def test_the_usual_names_of_class_folders_are_understood(name: str, label: str | None) -> None:
    assert label_of_folder(name) == label


@pytest.mark.parametrize(
    ("name", "source"),
    [("jolignier-0001.jpg", "jolignier"), ("rmfd_12.png", "rmfd"), ("0001.jpg", "other"), ("a b.jpg", "a")],
)
def test_the_source_of_a_picture_is_the_prefix_of_its_name(name: str, source: str) -> None:
    assert source_of(name) == source


def test_every_picture_below_the_class_folders_is_listed_with_its_label(tmp_path: Path) -> None:
    make_folder(tmp_path, {"with_mask": 2, "without_mask": 3})
    make_folder(tmp_path / "with_mask", {"second": 1}, first=7)
    (tmp_path / "with_mask" / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden").mkdir()

    labels = [picture.label for picture in labelled_pictures(tmp_path)]

    assert (labels.count("mask"), labels.count("no_mask")) == (3, 3)


def test_two_folders_of_one_class_are_put_together(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 1, "with_mask": 2, "no_mask": 1})

    assert [p.label for p in labelled_pictures(tmp_path)].count("mask") == 3


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match=r"nowhere is no folder"):
        labelled_pictures(tmp_path / "nowhere")


def test_a_folder_of_an_unknown_class_is_named(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 1, "no_mask": 1, "cats": 1})

    with pytest.raises(LearningError, match=r"cats is no class we know"):
        labelled_pictures(tmp_path)


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 1})
    (tmp_path / "no_mask").mkdir()

    with pytest.raises(LearningError, match=r"no_mask holds no pictures"):
        labelled_pictures(tmp_path)


def test_one_class_alone_is_not_enough(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 2})

    with pytest.raises(LearningError, match="at least two classes"):
        labelled_pictures(tmp_path)


def test_without_a_provenance_each_picture_is_its_own_photo(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 2, "no_mask": 1})

    assert {p.group for p in labelled_pictures(tmp_path)} == {"site-000.jpg", "site-001.jpg"}


def test_the_provenance_tells_which_crops_came_from_one_photo(tmp_path: Path) -> None:
    data = make_folder(tmp_path / "faces" / "train", {"mask": 2, "no_mask": 1})
    (tmp_path / "provenance.csv").write_text(
        "file,source_repository,source_path\n"
        "faces/train/mask/site-000.jpg,someone/photos,a.jpg\n"
        "faces/train/no_mask/site-000.jpg,someone/photos,a.jpg\n"
    )

    groups = photo_groups(data)
    found = {str(p.path.relative_to(data)): p.group for p in labelled_pictures(data, groups)}

    assert found["mask/site-000.jpg"] == found["no_mask/site-000.jpg"] == "someone/photos/a.jpg"
    assert found["mask/site-001.jpg"] == "site-001.jpg"


def test_a_folder_of_one_label_needs_no_class_folders(tmp_path: Path) -> None:
    make_folder(tmp_path, {"mask": 2})

    pictures = pictures_of_one_label(tmp_path / "mask", "incorrect", {})

    assert [p.label for p in pictures] == ["incorrect", "incorrect"]


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_of_one_label_must_hold_pictures(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(LearningError, match=name):
        pictures_of_one_label(tmp_path / name, "incorrect", {})

from collections import Counter

import numpy as np
import pytest
import torch

from tests.training.learning.pictures import make_samples
from training.learning.augment import augmented
from training.learning.batches import Loader, draw, flip_and_crop, tensor_of

CLASSES = ("mask", "no_mask")
SHARES = {"mask": 0.3, "no_mask": 0.3, "background": 0.4}


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_without_shares_every_sample_comes_once() -> None:
    assert sorted(draw(["mask"] * 7, None, 0, random())) == list(range(7))


def test_without_shares_an_epoch_can_be_shorter() -> None:
    assert len(set(draw(["mask"] * 7, None, 3, random()))) == 3


def test_classes_get_their_shares_of_those_that_are_there() -> None:
    labels = ["mask"] * 50 + ["background"] * 5

    drawn = Counter(labels[index] for index in draw(labels, SHARES, 70, random()))

    assert drawn == {"mask": 30, "background": 40}


def test_a_rare_class_goes_round_its_samples_evenly() -> None:
    labels = ["mask"] * 50 + ["background"] * 5

    times = Counter(index for index in draw(labels, SHARES, 70, random()) if index >= 50)

    assert set(times.values()) == {8}


def test_a_batch_holds_pictures_and_the_numbers_of_their_classes() -> None:
    loader = Loader(make_samples({"mask": 3, "no_mask": 2}), CLASSES, 4)

    batches = list(loader.validation(32))

    assert [b.pictures.shape for b in batches] == [(4, 32, 32, 3), (1, 32, 32, 3)]
    assert np.concatenate([b.targets for b in batches]).tolist() == [0, 0, 0, 1, 1]


def test_training_batches_are_the_same_for_the_same_key_and_differ_between_epochs() -> None:
    loader = Loader(make_samples({"mask": 4, "no_mask": 4}), CLASSES, 4)

    def pictures(epoch: int) -> np.ndarray:
        return np.concatenate([b.pictures for b in loader.training(np.arange(8), 32, augmented, (1, epoch))])

    assert np.array_equal(pictures(0), pictures(0))
    assert not np.array_equal(pictures(0), pictures(1))


@pytest.mark.parametrize(("count", "sizes"), [(8, [4, 4]), (9, [4, 4]), (10, [4, 4, 2]), (1, [])])
def test_a_last_batch_of_one_is_left_out(count: int, sizes: list[int]) -> None:
    loader = Loader(make_samples({"mask": 12}), CLASSES, 4)

    batches = loader.training(np.arange(count), 32, augmented, (1,))

    assert [len(batch.targets) for batch in batches] == sizes


def test_a_loop_that_stops_early_leaves_no_thread_waiting() -> None:
    loader = Loader(make_samples({"mask": 12}), CLASSES, 2)

    batches = loader.validation(32)
    next(batches)
    batches.close()

    assert next(batches, None) is None


def test_the_notebooks_change_crops_and_flips() -> None:
    sample = make_samples({"mask": 1})[0]

    pictures = {flip_and_crop(sample, 32, random(seed)).tobytes() for seed in range(10)}

    assert len(pictures) == 10


def test_pictures_become_normalised_tensors_in_channels_last_order() -> None:
    pictures = np.full((2, 8, 8, 3), (255, 0, 51), np.uint8)

    values = tensor_of(pictures, (0.5, 0.5, 0.2), (0.5, 0.25, 0.1), torch.device("cpu"))

    assert values.shape == (2, 3, 8, 8)
    assert values[0, :, 0, 0].tolist() == pytest.approx([1, -2, 0], abs=1e-6)
    assert values.is_contiguous(memory_format=torch.channels_last)

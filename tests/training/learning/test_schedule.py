from dataclasses import replace

import pytest

from training.learning.recipes import NOTEBOOK, OURS, RECIPES
from training.learning.schedule import Plan, learning_rate


def test_a_plan_of_epochs_is_done_after_them_however_long_they_took() -> None:
    plan = Plan(epochs=4)

    assert [plan.progress(epoch, 0.5, 10_000) for epoch in (0, 3)] == [0.125, 0.875]
    assert plan.progress(4, 0, 0) == 1


def test_a_plan_of_minutes_is_done_when_they_are_over_however_many_epochs() -> None:
    plan = Plan(epochs=4, minutes=2)

    assert [plan.progress(99, 0.5, seconds) for seconds in (0, 60, 120, 500)] == [0, 0.5, 1, 1]


def test_the_learning_rate_rises_to_its_peak_and_falls_to_almost_nothing() -> None:
    rates = [learning_rate(OURS, step / 100) for step in range(101)]
    peak = round(100 * OURS.warm_up)

    assert max(rates) == rates[peak] == pytest.approx(OURS.learning_rate)
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < OURS.learning_rate / 1000


def test_the_notebook_learns_at_one_rate() -> None:
    assert {learning_rate(NOTEBOOK, step / 10) for step in range(11)} == {0.001}


def test_pictures_grow_during_our_run_and_end_at_the_full_size() -> None:
    recipe = replace(OURS, size=96, sizes=((0.5, 0.667), (0.25, 0.84), (0.25, 1.0)))

    assert [recipe.size_at(part) for part in (0, 0.49, 0.5, 0.74, 0.75, 1.0)] == [64, 64, 80, 80, 96, 96]


def test_every_size_fits_the_five_halvings_of_the_network() -> None:
    for recipe in RECIPES.values():
        assert all(recipe.size_at(step / 50) >= 32 for step in range(51))
        assert recipe.size_at(1.0) == recipe.size


def test_the_notebooks_recipe_is_the_notebooks() -> None:
    assert (NOTEBOOK.architecture, NOTEBOOK.pretrained, NOTEBOOK.size) == ("vgg16", True, 224)
    assert (NOTEBOOK.optimizer, NOTEBOOK.momentum, NOTEBOOK.batch) == ("sgd", 0.9, 20)
    assert (NOTEBOOK.augmentation, NOTEBOOK.label_smoothing, NOTEBOOK.average) == ("flip_and_crop", 0.0, 0.0)

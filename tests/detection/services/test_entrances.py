import pytest

from detection.models import Entrance
from detection.selectors import default_entrance
from detection.services.entrances import make_default
from tests.factories import EntranceFactory

pytestmark = pytest.mark.django_db


def test_a_new_default_entrance_takes_over() -> None:
    gate = EntranceFactory()

    make_default(gate)

    assert default_entrance() == gate
    assert Entrance.objects.filter(is_default=True).count() == 1


def test_making_the_default_one_the_default_again_changes_nothing() -> None:
    before = default_entrance()

    make_default(before)

    assert default_entrance() == before

"""Which entrance takes the photos that name none."""

from django.db import transaction

from detection.models import Entrance


@transaction.atomic
def make_default(entrance: Entrance) -> None:
    Entrance.objects.filter(is_default=True).exclude(pk=entrance.pk).update(is_default=False)
    entrance.is_default = True
    entrance.save(update_fields=["is_default"])

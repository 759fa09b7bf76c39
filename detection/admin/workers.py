"""Who works, or worked within the last day."""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from detection.admin.common import LookOnly
from detection.models import Worker
from detection.selectors import live_workers


class LifeFilter(admin.SimpleListFilter):
    title = _("alive")
    parameter_name = "alive"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, workers: QuerySet[Worker]) -> QuerySet[Worker]:
        alive = live_workers().values("pk")
        if self.value() == "yes":
            return workers.filter(pk__in=alive)
        return workers.exclude(pk__in=alive) if self.value() == "no" else workers


@admin.register(Worker)
class WorkerAdmin(LookOnly):
    list_display = ["name", "queues", "is_alive", "started_at", "seen_at"]
    list_filter = [LifeFilter, "queues"]
    search_fields = ["name", "queues"]
    date_hierarchy = "started_at"
    show_full_result_count = False

    @admin.display(description=_("alive"), boolean=True)
    def is_alive(self, worker: Worker) -> bool:
        return worker.seen_at >= timezone.now() - timedelta(seconds=settings.WORKER_SILENT_SECONDS)

"""The compliance report, on a page and as a file for a spreadsheet."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from detection.filters import SpanFilter
from detection.models import Entrance
from detection.report import Report, Span, csv_rows, flagged_faces, make_report
from detection.selectors import entrances
from detection.views.access import PageRequest, requires
from detection.views.drawing import shares
from detection.views.paging import page_of

PER_PAGE = 24
USUAL_DAYS = 7
BYTE_ORDER_MARK = "\ufeff"  # tells spreadsheet programs that the text is UTF-8


@require_safe
@requires("view_photo")
def report(request: PageRequest) -> HttpResponse:
    asked = request.GET if request.GET.keys() - {"page"} else usual_span()
    chosen = SpanFilter(asked, entrances(), request=request)
    context: dict[str, object] = {"form": chosen.form, "presets": presets(asked)}
    if chosen.is_valid():
        counted = make_report(request.user, chosen.span)
        context |= {
            "span": chosen.span,
            "report": counted,
            "rate": rate_text(counted),
            "people_legend": people_parts(counted),
            "people_shares": shares(people_parts(counted)),
            "photo_legend": photo_parts(counted),
            "photo_shares": shares(photo_parts(counted)),
            "page": page_of(flagged_faces(request.user, chosen.span), request.GET, PER_PAGE),
            "query": urlencode({name: asked[name] for name in chosen.filters if asked.get(name)}),
        }
    return render(request, "detection/report.html", context, status=200 if chosen.is_valid() else 400)


def usual_span() -> QueryDict:
    return QueryDict(span_query(USUAL_DAYS))


def span_query(days: int, **more: str) -> str:
    """The last days up to today, as the address of the report has them."""
    end = timezone.localdate()
    start = end - timedelta(days=days - 1)
    return urlencode({"start": start.isoformat(), "end": end.isoformat(), **more})


def presets(asked: QueryDict) -> list[tuple[str, str, bool]]:
    """Name, address and whether it is the one shown, of the spans asked for most; the entrance is kept."""
    entrance = {"entrance": str(asked["entrance"])} if asked.get("entrance") else {}
    names = {1: _("Today"), 7: _("7 days"), 30: _("30 days")}
    queries = {days: span_query(days, **entrance) for days in names}
    shown = urlencode({key: asked.get(key, "") for key in ("start", "end", *entrance)})
    return [(names[days], f"?{query}", query == shown) for days, query in queries.items()]


def rate_text(counted: Report) -> str:
    """The compliance rate in whole per cent; never rounded up to all or down to none."""
    if counted.compliance_rate is None:
        return ""
    per_cent = round(100 * counted.compliance_rate)
    if counted.flagged:
        per_cent = min(per_cent, 99)
    return str(max(per_cent, 1) if counted.mask else per_cent)


def people_parts(counted: Report) -> dict[tuple[str, str], int]:
    return {
        ("mask", _("mask")): counted.mask,
        ("no_mask", _("no mask")): counted.no_mask,
        ("incorrect", _("worn wrongly")): counted.incorrect,
        ("unsure", _("unsure")): counted.unsure,
    }


def photo_parts(counted: Report) -> dict[tuple[str, str], int]:
    parts = {
        ("compliant", pgettext("photos", "compliant")): counted.compliant,
        ("violation", pgettext("photos", "violation")): counted.violation,
        ("unsure", pgettext("photos", "unsure")): counted.unsure_photos,
        ("no_face", _("no face found")): counted.no_face,
        ("waiting", _("waiting")): counted.waiting,
    }
    return parts | ({("failed", _("failed")): counted.failed} if counted.failed else {})


class Line:
    """A file that answers what is written to it, so that the csv module can write row by row into a stream."""

    def write(self, text: str) -> str:
        return text


@require_safe
@requires("view_photo")
def report_csv(request: PageRequest) -> HttpResponseBase:
    chosen = SpanFilter(request.GET, entrances(), request=request)
    if not chosen.is_valid():
        return HttpResponseBadRequest(_("The days asked for are no dates."), content_type="text/plain; charset=utf-8")
    response = StreamingHttpResponse(lines(request, chosen.span), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(chosen.span)}"'
    return response


def lines(request: PageRequest, span: Span) -> Iterator[str]:
    writer = csv.writer(Line())
    yield BYTE_ORDER_MARK
    for row in csv_rows(request.user, span):
        yield writer.writerow(row)


def file_name(span: Span) -> str:
    entrance: Entrance | None = span.entrance
    days: list[date] = [day for day in (span.start, span.end) if day]
    return "-".join(["maskweb-report", *([entrance.slug] if entrance else []), *map(str, days)]) + ".csv"

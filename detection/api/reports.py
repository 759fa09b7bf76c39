"""Beside photos: the entrances they come from, the models that find and judge them, and the report."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from detection.api.base import ApiView
from detection.api.schema import END, ENTRANCE, START, refusals
from detection.api.summaries import EntranceSerializer, ModelVersionSerializer, ReportSerializer
from detection.filters import SpanFilter
from detection.models import Entrance, ModelVersion
from detection.report import Report, Span, flagged_faces, make_report
from detection.selectors import entrances

MOST_FACES = 100


class EntrancesView(ApiView):
    needs = {"GET": ("view_photo", "add_photo")}

    @extend_schema(
        operation_id="entrances_list", tags=["school"], responses={200: EntranceSerializer(many=True), **refusals()}
    )
    def get(self, request: Request) -> Response:
        """The entrances where photos are taken."""
        return Response(EntranceSerializer(entrances(), many=True).data)


class ModelsView(ApiView):
    needs = {"GET": ("view_photo",)}

    @extend_schema(
        operation_id="models_list", tags=["school"], responses={200: ModelVersionSerializer(many=True), **refusals()}
    )
    def get(self, request: Request) -> Response:
        """The models that find or judge faces, or have done so, newest first."""
        return Response(ModelVersionSerializer(ModelVersion.objects.all(), many=True).data)


class ReportView(ApiView):
    needs = {"GET": ("view_photo",)}

    @extend_schema(
        operation_id="report_retrieve",
        tags=["school"],
        parameters=[START, END, ENTRANCE],
        responses={200: ReportSerializer, **refusals(400)},
    )
    def get(self, request: Request) -> Response:
        """What was seen between two days, both included, at one entrance or all."""
        asked = SpanFilter(request.query_params, queryset=Entrance.objects.none(), request=request)
        if not asked.is_valid():
            raise ValidationError(asked.errors)
        span = asked.span
        faces = flagged_faces(request.user, span)[:MOST_FACES]
        answer = {**about(span, make_report(request.user, span)), "flagged_faces": faces}
        return Response(ReportSerializer(answer, context={"request": request}).data)


def about(span: Span, report: Report) -> dict[str, Any]:
    """The span asked for and its counts in one flat answer."""
    return {
        "start": span.start,
        "end": span.end,
        "entrance": span.entrance.slug if span.entrance else None,
        **vars(report),
        "people": report.people,
        "flagged": report.flagged,
        "compliance_rate": report.compliance_rate,
    }

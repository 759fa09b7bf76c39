"""Pages of photos, newest first, that stay right while photos come in."""

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class PhotoPages(CursorPagination):
    ordering = ("-received_at", "-id")
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        answer = super().get_paginated_response_schema(schema)
        address = "https://maskweb.example.org/api/v1/photos/?cursor=cD0yMDI2LTExLTIz"
        for name in ("next", "previous"):
            answer["properties"][name] = {"type": ["string", "null"], "format": "uri", "example": address}
        return {**answer, "required": ["next", "previous", "results"]}

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get("page_size", "1")
        if not (asked.isascii() and asked.isdigit() and int(asked[:20])):
            raise ValidationError({"page_size": _("Give a whole number from 1 to 200.")})
        return super().get_page_size(request)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """REST framework trusts the position inside the cursor; the database would stumble over a made-up one."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not is_moment(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor, size = super().get_schema_operation_parameters(view)
        cursor["description"] = _("Where a page begins: taken from `next` or `previous` of another page.")
        size["description"] = _("Photos per page; more than 200 are not given.")
        size["schema"] = {"type": "integer", "minimum": 1, "default": self.page_size}
        return [cursor, size]


def is_moment(text: str) -> bool:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None and 1 < moment.year < 9999

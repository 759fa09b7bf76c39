"""Reading request bodies that are no pictures: bounded, and never more than a refusal when they are broken."""

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, JSONParser


class SmallJSONParser(JSONParser):
    """JSON as far as Django takes form fields: REST framework itself reads any amount, and nested however deep."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        check_length(parser_context)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error


class SmallFormParser(FormParser):
    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        check_length(parser_context)
        return super().parse(stream, media_type, parser_context)


def check_length(parser_context: dict[str, Any]) -> None:
    """WSGI servers hand over no more bytes than the header says."""
    length = parser_context["request"].META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig("The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE.")

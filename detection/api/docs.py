"""The API's description for programs and for people, and the answer where there is no address."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from detection.api.errors import Refused


class SchemaView(SpectacularAPIView):
    metadata_class = None


class DocsView(LoginRequiredMixin, SpectacularSwaggerSplitView):
    """Swagger UI from our own files, without a line of script or style inside the page."""

    url_name = "api-schema"
    template_name = "detection/api_docs.html"
    metadata_class = None


@extend_schema(exclude=True)
class NoSuchAddress(APIView):
    """The last of the API's addresses: whatever no other takes."""

    authentication_classes = []
    permission_classes = [AllowAny]
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Refused(404, "not_found", _("There is no such address. They end with a slash; /api/docs/ lists them."))

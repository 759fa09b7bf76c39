"""What all views of the API share."""

from typing import Any, ClassVar

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from detection.selectors import may


class MayDo(BasePermission):
    """Asks for the permission of detection's that the view names for the method; one of them where it names several.

    A method that the view has and names nothing for is refused, so that a forgotten line opens no door.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in view.needs:
            return method not in view.allowed_methods  # refused later, as a method that is not there
        return any(may(request.user, action) for action in view.needs[method])


class ApiView(APIView):
    """`needs`: per method the permissions of which a person must have one."""

    permission_classes = [IsAuthenticated, MayDo]
    http_method_names = ["get", "head", "post", "patch", "delete"]
    needs: ClassVar[dict[str, tuple[str, ...]]] = {}

"""The list of photos: filtered, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from detection.filters import PhotoFilter
from detection.models import Photo
from detection.selectors import visible_photos
from detection.views.access import PageRequest, requires
from detection.views.paging import page_of

PER_PAGE = 24


@require_safe
@requires("view_photo")
def photos(request: PageRequest) -> HttpResponse:
    found = PhotoFilter(request.GET, visible_photos(request.user), request=request)
    rows = found.qs if found.is_valid() else found.queryset.none()
    page = page_of(rows, request.GET, PER_PAGE)
    asked = any(request.GET.get(name) for name in found.filters)
    about_no_face = request.GET.get("verdict") == Photo.Verdict.NO_FACE or request.GET.get("look")
    context = {
        "form": found.form,
        "page": page,
        "is_filtered": asked,
        "to_look_at": visible_photos(request.user).to_look_at().count() if about_no_face else 0,
    }
    return render(request, "detection/photos.html", context)

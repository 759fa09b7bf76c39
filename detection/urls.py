"""The addresses of detection's pages."""

from django.urls import path

from detection.views import looks, photo, photos, pictures, report, samples, scan_settings, start, upload

app_name = "detection"
urlpatterns = [
    path("", start.start, name="start"),
    path("live/", start.start_live, name="start_live"),
    path("samples/", samples.samples, name="samples"),
    path("upload/", upload.upload, name="upload"),
    path("upload/status/", upload.upload_status, name="upload_status"),
    path("photos/", photos.photos, name="photos"),
    path("photos/to-look-at/", looks.looks, name="looks"),
    path("photos/<uuid:pk>/", photo.photo, name="photo"),
    path("photos/<uuid:pk>/live/", photo.photo_live, name="photo_live"),
    path("photos/<uuid:pk>/scan-again/", photo.scan_again, name="scan_again"),
    path("photos/<uuid:pk>/look/", looks.look, name="look"),
    path("photos/<uuid:pk>/next-to-look-at/", looks.next_look, name="next_look"),
    path("photos/<uuid:pk>/delete/", photo.delete, name="delete"),
    path("photos/<uuid:pk>/image/", pictures.image, name="image"),
    path("photos/<uuid:pk>/thumbnail/", pictures.thumbnail, name="thumbnail"),
    path("faces/<int:pk>/crop/", pictures.crop, name="crop"),
    path("settings/", scan_settings.scan_settings, name="settings"),
    path("report/", report.report, name="report"),
    path("report/report.csv", report.report_csv, name="report_csv"),
]

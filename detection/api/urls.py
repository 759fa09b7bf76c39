"""Addresses below /api/v1/."""

from django.urls import path

from detection.api.looks import LookView
from detection.api.photos import PhotosView, PhotoView, ScanView
from detection.api.pictures import PictureView
from detection.api.reports import EntrancesView, ModelsView, ReportView
from detection.api.settings import SettingsView
from detection.api.tokens import TokenView

app_name = "api"
urlpatterns = [
    path("token/", TokenView.as_view(), name="token"),
    path("photos/", PhotosView.as_view(), name="photos"),
    path("photos/<uuid:photo_id>/", PhotoView.as_view(), name="photo"),
    path("photos/<uuid:photo_id>/image/", PictureView.as_view(), name="picture"),
    path("photos/<uuid:photo_id>/look/", LookView.as_view(), name="look"),
    path("photos/<uuid:photo_id>/scan/", ScanView.as_view(), name="scan"),
    path("entrances/", EntrancesView.as_view(), name="entrances"),
    path("report/", ReportView.as_view(), name="report"),
    path("settings/", SettingsView.as_view(), name="settings"),
    path("models/", ModelsView.as_view(), name="models"),
]

from django.apps import AppConfig


class MaskwebConfig(AppConfig):
    name = "maskweb"

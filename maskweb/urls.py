"""Every address of maskweb."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path, re_path

from detection.api.docs import DocsView, NoSuchAddress, SchemaView
from maskweb import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    # Names of their own: the admin's pages use Django's template names.
    path(
        "password/",
        auth.PasswordChangeView.as_view(template_name="registration/change_password.html"),
        name="password_change",
    ),
    path(
        "password/done/",
        auth.PasswordChangeDoneView.as_view(template_name="registration/password_changed.html"),
        name="password_change_done",
    ),
    path("api/v1/", include("detection.api.urls")),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", DocsView.as_view(), name="api-docs"),
    re_path("^api/", NoSuchAddress.as_view()),
    path("", include("detection.urls")),
]

handler400 = "detection.views.errors.bad_request"

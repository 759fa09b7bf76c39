"""The admin's door for photos: the same intake as every other."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from detection.messages import refusal
from detection.models import Photo
from detection.selectors import entrances
from detection.services.intake import TakenIn, take_in
from detection.vision.errors import PhotoError


class AddPhotoForm(forms.ModelForm):
    """`taken_in` is what became of the file, once the form is valid; `person` is set by the page."""

    person: ClassVar[User | None] = None
    taken_in: TakenIn | None = None

    file = forms.FileField(label=_("photo"), help_text=_("JPEG, PNG, WebP or HEIC, as it comes from the camera."))

    class Meta:
        model = Photo
        fields = ["file", "entrance", "taken_at"]
        help_texts = {"taken_at": _("Left empty: what the camera says, else now.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["taken_at"].required = False
        self.fields["taken_at"].initial = None
        self.initial.setdefault("entrance", entrances().filter(is_default=True).first())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self.take_in(cleaned)
        return cleaned

    def take_in(self, cleaned: dict[str, Any]) -> None:
        file = cleaned["file"]
        try:
            self.taken_in = take_in(
                file,
                source=Photo.Source.ADMIN,
                name=file.name,
                entrance=cleaned["entrance"],
                taken_at=cleaned["taken_at"],
                uploaded_by=self.person,
            )
        except PhotoError as error:
            self.add_error("file", refusal(error.code))

    def _post_clean(self) -> None:
        """The row is there already; a ModelForm would check one of its own making."""

    def save(self, commit: bool = True) -> Photo:
        assert self.taken_in is not None  # noqa: S101  only a valid form is saved
        self.instance = self.taken_in.photo
        self.instance.taken_in_before = not self.taken_in.is_new
        return self.instance

    def save_m2m(self) -> None:
        """A photo has no many-to-many fields."""


class ChangePhotoForm(forms.ModelForm):
    """Where and when, should the camera's clock or the person who uploaded it have been wrong."""

    class Meta:
        model = Photo
        fields = ["entrance", "taken_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "entrance" in self.fields:  # who may only look has no fields
            self.fields["entrance"].queryset = self.instance.school.entrances.select_related("school")

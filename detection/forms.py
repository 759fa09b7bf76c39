"""What people send with the upload page, the settings page and beside a photo."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detection.messages import finder_refusal
from detection.models import Entrance, FaceFinder, PhotoLook
from detection.selectors import default_entrance, entrances
from detection.services.finders import is_usable

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif"


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """One or more files. Whether each is a photo, and not empty, is for intake to say."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(PhotosField, self).clean(file, initial) for file in files or [None]]


if TYPE_CHECKING:
    EntranceChoice = forms.ModelChoiceField[Entrance]
else:  # generic in its type stubs only
    EntranceChoice = forms.ModelChoiceField


class EntranceField(EntranceChoice):
    def label_from_instance(self, obj: Entrance) -> str:
        return gettext("%(school)s: %(entrance)s") % {"school": obj.school.name, "entrance": obj.name}


class UploadForm(forms.Form):
    entrance = EntranceField(label=_("Entrance"), queryset=entrances(), to_field_name="slug", empty_label=None)
    image = PhotosField(
        label=_("Photos"),
        allow_empty_file=True,
        error_messages={"required": _("Choose at least one photo first.")},
        widget=ManyFilesInput(attrs={"accept": ACCEPT}),
    )

    @property
    def files_sent(self) -> "list[UploadedFile[Any]]":
        return self.cleaned_data["image"]


def check_finder(name: str) -> None:
    """Raises a ValidationError that says what to do when nobody could search with this finder."""
    if name and not is_usable(name):
        raise forms.ValidationError(finder_refusal(name), code="finder_not_usable")


class FinderForm(forms.Form):
    """An empty name leaves the choice to the environment; a form without the field chose nothing."""

    face_finder = forms.ChoiceField(
        label=_("Face finder"), choices=[("", ""), *FaceFinder.choices], required=False, validators=[check_finder]
    )

    def clean_face_finder(self) -> str:
        if self.add_prefix("face_finder") not in self.data:
            raise forms.ValidationError(_("Choose one of them first."), code="required")
        return self.cleaned_data["face_finder"]


class LookForm(forms.Form):
    """What somebody saw on a photo without a face."""

    answer = forms.ChoiceField(choices=PhotoLook.Answer.choices)


def empty_upload_form() -> UploadForm | None:
    """The form with the default entrance chosen; None while there is no entrance to take photos at."""
    try:
        return UploadForm(initial={"entrance": default_entrance().slug})
    except Entrance.DoesNotExist:
        return None

"""What the API takes, and what it answers with about photos and faces."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from detection.models import Face, FaceFinder, Photo, PhotoLook
from detection.selectors import current_faces, entrances
from detection.services.intake import OLDEST_TAKEN_AT

CLOCK_SKEW = timedelta(minutes=2)  # a camera whose clock is a little ahead is not wrong


@extend_schema_field(OpenApiTypes.BINARY)
class PictureField(serializers.FileField):
    """The file as sent; intake judges it, by its content."""


@extend_schema_field(OpenApiTypes.STR)
class EntranceField(serializers.SlugRelatedField[Any]):
    default_error_messages = {
        "does_not_exist": _("No entrance has the short name “{value}”. /api/v1/entrances/ lists those there are."),
    }

    def to_internal_value(self, data: Any) -> Any:
        if "\0" in str(data):  # PostgreSQL takes no such text
            self.fail("does_not_exist", value="")
        return super().to_internal_value(data)

    def fail(self, key: str, **about: Any) -> Any:
        if key == "does_not_exist":
            sentence = self.error_messages[key].format(value=about.get("value", ""))
            raise serializers.ValidationError(sentence, code="unknown_entrance")
        return super().fail(key, **about)


class UploadSerializer(serializers.Serializer[Any]):
    image = PictureField(
        allow_empty_file=True,
        max_length=None,
        help_text=_("The photo: JPEG, PNG, WebP or HEIC."),
        error_messages={
            "required": _("Send the photo as a file in this field of a multipart form."),
            "invalid": _("Send the photo as a file, with a file name, in this field of a multipart form."),
        },
    )
    entrance = EntranceField(
        slug_field="slug",
        queryset=entrances(),
        required=False,
        help_text=_("Short name of the entrance where it was taken; the default entrance when left out."),
    )
    taken_at = serializers.DateTimeField(
        required=False,
        default_timezone=timezone.get_default_timezone(),
        help_text=_(
            "ISO 8601, in the school's time zone unless it says otherwise, from 1990 to now. "
            "Left out: the camera's own time, else now."
        ),
    )

    def validate_image(self, image: Any) -> Any:
        request: Request = self.context["request"]
        if len(request.FILES.getlist("image")) > 1:
            raise serializers.ValidationError(_("Send one photo per request."), code="one_at_a_time")
        return image

    def validate_taken_at(self, taken_at: datetime) -> datetime:
        now = timezone.now()
        if taken_at > now + CLOCK_SKEW:
            raise serializers.ValidationError(_("This time is in the future."), code="in_future")
        if taken_at < OLDEST_TAKEN_AT:
            raise serializers.ValidationError(_("This time is before 1990."), code="too_old")
        return min(taken_at, now)


class AnnotatedUrlField(serializers.HyperlinkedIdentityField):
    def get_url(self, *about: Any) -> str | None:
        url = super().get_url(*about)
        return f"{url}?annotated=1" if url else None


class WordOrNull(serializers.ChoiceField):
    """The database keeps "not known yet" as an empty word."""

    def to_representation(self, value: str) -> Any:
        return value or None


class FinderVersionField(serializers.SlugRelatedField[Any]):
    def __init__(self, **about: Any) -> None:
        about = {"help_text": _("The model that found the faces; null for finders by others."), **about}
        super().__init__(slug_field="name", read_only=True, allow_null=True, **about)


class SummarySerializer(serializers.Serializer[Any]):
    """How many faces carry each label."""

    mask = serializers.IntegerField(min_value=0)
    no_mask = serializers.IntegerField(min_value=0)
    incorrect = serializers.IntegerField(min_value=0)
    unsure = serializers.IntegerField(min_value=0)


class FailureSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class ReceiptSerializer(serializers.ModelSerializer[Photo]):
    """Says that a photo is there, not what is on it: who may only send photos gets it too."""

    url = serializers.HyperlinkedIdentityField(view_name="api:photo", lookup_url_kwarg="photo_id")
    entrance = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, help_text=_("Its short name."))

    class Meta:
        model = Photo
        fields = ["id", "status", "url", "entrance", "taken_at", "received_at", "width", "height"]
        read_only_fields = fields


class PhotoRowSerializer(ReceiptSerializer):
    """A photo with its result, as lists have it."""

    verdict = WordOrNull(choices=Photo.Verdict.choices, allow_null=True, read_only=True)
    look = WordOrNull(
        choices=Photo.Look.choices,
        allow_null=True,
        read_only=True,
        help_text=_("What a person saw on a photo without a face; null while nobody has looked."),
    )
    summary = SummarySerializer(read_only=True)
    failure = FailureSerializer(read_only=True, allow_null=True)
    model_version = serializers.SlugRelatedField[Any](
        slug_field="name", read_only=True, allow_null=True, help_text=_("The one that judged the faces.")
    )
    finder = WordOrNull(
        choices=FaceFinder.choices, allow_null=True, read_only=True, help_text=_("Who looked for faces, last time.")
    )
    finder_version = FinderVersionField()
    image = serializers.HyperlinkedIdentityField(view_name="api:picture", lookup_url_kwarg="photo_id")
    annotated = AnnotatedUrlField(view_name="api:picture", lookup_url_kwarg="photo_id")

    class Meta(ReceiptSerializer.Meta):
        fields = [
            *ReceiptSerializer.Meta.fields,
            "verdict",
            "look",
            "summary",
            "failure",
            "model_version",
            "finder",
            "finder_version",
            "image",
            "annotated",
        ]
        read_only_fields = fields


class FaceSerializer(serializers.ModelSerializer[Face]):
    box = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        min_length=4,
        max_length=4,
        read_only=True,
        help_text=_("Left, top, width and height in pixels of the upright picture."),
    )
    score = serializers.FloatField(min_value=0, max_value=1, read_only=True, help_text=_("Calibrated, of the label."))
    scores = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1), read_only=True, help_text=_("Of every label; sum 1.")
    )
    judged_by = serializers.ChoiceField(
        choices=Face.JudgedBy.choices, read_only=True, help_text=_("Whose word label and scores are.")
    )
    finder_score = serializers.FloatField(
        read_only=True, help_text=_("How sure the finder was, 0 to 1; of haar a number of votes.")
    )
    finder_version = FinderVersionField()
    model_version = serializers.SlugRelatedField[Any](slug_field="name", read_only=True)

    class Meta:
        model = Face
        fields = [
            "id",
            "box",
            "label",
            "score",
            "scores",
            "judged_by",
            "finder",
            "finder_score",
            "finder_version",
            "model_version",
        ]
        read_only_fields = fields


class PhotoSerializer(PhotoRowSerializer):
    """A photo with its result and every face; `verdict` is null, and `faces` empty, until the first scan is done."""

    faces = serializers.SerializerMethodField(help_text=_("Of the last scan, from left to right."))

    class Meta(PhotoRowSerializer.Meta):
        fields = [*PhotoRowSerializer.Meta.fields, "faces"]
        read_only_fields = fields

    @extend_schema_field(FaceSerializer(many=True))
    def get_faces(self, photo: Photo) -> Any:
        return FaceSerializer(current_faces(photo), many=True).data


class LookSerializer(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(
        choices=PhotoLook.Answer.choices, help_text=_("`undone` takes the answer back that was given before.")
    )


class CredentialsSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, style={"input_type": "password"})


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text=_("For the header: `Authorization: Token ...`."))

"""What the API answers with beside photos: entrances, model versions, the report."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from detection.api.serializers import FaceSerializer
from detection.models import Entrance, FaceFinder, ModelVersion


class EntranceSerializer(serializers.ModelSerializer[Entrance]):
    school = serializers.CharField(source="school.name", read_only=True)

    class Meta:
        model = Entrance
        fields = ["slug", "name", "school", "is_default"]
        read_only_fields = fields


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    role = serializers.ChoiceField(choices=ModelVersion.Role.choices, read_only=True)
    active = serializers.SerializerMethodField(help_text=_("Finds or judges faces on the photos scanned from now on."))
    spec = serializers.DictField(read_only=True, help_text=_("Classes, input size, thresholds: how it is to be used."))
    metrics = serializers.DictField(read_only=True, help_text=_("What was measured on pictures it had not seen."))

    class Meta:
        model = ModelVersion
        fields = [
            "name",
            "role",
            "status",
            "active",
            "is_starter",
            "architecture",
            "sha256",
            "spec",
            "metrics",
            "created_at",
            "activated_at",
        ]
        read_only_fields = fields

    def get_active(self, version: ModelVersion) -> bool:
        return version.status == ModelVersion.Status.ACTIVE


class FlaggedFaceSerializer(FaceSerializer):
    photo = serializers.UUIDField(source="photo_id", read_only=True)
    url = serializers.HyperlinkedRelatedField[Any](
        source="photo", view_name="api:photo", lookup_url_kwarg="photo_id", read_only=True, help_text=_("Of its photo.")
    )
    entrance = serializers.CharField(source="photo.entrance.slug", read_only=True)
    taken_at = serializers.DateTimeField(source="photo.taken_at", read_only=True)

    class Meta(FaceSerializer.Meta):
        fields = [*FaceSerializer.Meta.fields, "photo", "url", "entrance", "taken_at"]
        read_only_fields = fields


class ReportSerializer(serializers.Serializer[Any]):
    """`photos` fall into six counts, `people` (faces found) into the four labels; counts that begin with `no_face_` are
    parts of `no_face`."""

    start = serializers.DateField(allow_null=True)
    end = serializers.DateField(allow_null=True)
    entrance = serializers.CharField(allow_null=True, help_text=_("Short name; null for all."))
    photos = serializers.IntegerField()
    compliant = serializers.IntegerField()
    violation = serializers.IntegerField()
    unsure_photos = serializers.IntegerField()
    no_face = serializers.IntegerField()
    no_face_looked_at = serializers.IntegerField(help_text=_("Of those without a face: looked at by a person."))
    no_face_people_missed = serializers.IntegerField(help_text=_("Of those looked at: with people on it after all."))
    waiting = serializers.IntegerField()
    failed = serializers.IntegerField()
    people = serializers.IntegerField()
    mask = serializers.IntegerField()
    no_mask = serializers.IntegerField()
    incorrect = serializers.IntegerField()
    unsure = serializers.IntegerField()
    flagged = serializers.IntegerField(help_text=_("Faces labelled no_mask or incorrect."))
    compliance_rate = serializers.FloatField(
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text=_("Share of masks worn well among the faces judged with certainty; null without any."),
    )
    flagged_faces = FlaggedFaceSerializer(many=True, help_text=_("The latest hundred of them."))


class FinderSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=FaceFinder.choices)
    usable = serializers.BooleanField(help_text=_("Whether it can be chosen."))
    problem = serializers.CharField(help_text=_("Why not, and what to do about it."), allow_blank=True)


class SettingsSerializer(serializers.Serializer[Any]):
    """`face_finder` is what an administrator chose, null while it is left to the environment."""

    face_finder = serializers.ChoiceField(choices=FaceFinder.choices, allow_null=True)
    environment = serializers.CharField(help_text=_("The finder that MASKWEB_FACE_FINDER names."))
    in_use = serializers.CharField(help_text=_("Who looks for faces on the next photo."))
    changed_by = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)
    finders = FinderSerializer(many=True)


class ChoiceSerializer(serializers.Serializer[Any]):
    face_finder = serializers.ChoiceField(
        choices=FaceFinder.choices, allow_null=True, help_text=_("Null leaves it to the environment.")
    )

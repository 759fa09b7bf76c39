"""Photos that were scanned before take the finder of their faces. Of a photo without any face nobody knows which it was."""

from django.db import migrations
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


def take_the_finder_of_their_faces(apps, schema_editor):
    Photo = apps.get_model("detection", "Photo")
    Face = apps.get_model("detection", "Face")
    faces = Face.objects.filter(photo=OuterRef("pk"), model_version=OuterRef("model_version"))
    finder = Subquery(faces.order_by("pk").values("finder")[:1])
    Photo.objects.filter(model_version__isnull=False).update(finder=Coalesce(finder, Value("")))


class Migration(migrations.Migration):
    dependencies = [("detection", "0005_finders_and_looks")]
    operations = [migrations.RunPython(take_the_finder_of_their_faces, migrations.RunPython.noop)]

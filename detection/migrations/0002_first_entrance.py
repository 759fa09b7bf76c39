"""A school and an entrance, so that the first photo has a place. People rename them in the admin pages."""

from django.db import migrations


def make_first_entrance(apps, schema_editor):
    School = apps.get_model("detection", "School")
    Entrance = apps.get_model("detection", "Entrance")
    school, _ = School.objects.get_or_create(name="Our school")
    Entrance.objects.get_or_create(slug="main", defaults={"school": school, "name": "Main entrance", "is_default": True})


class Migration(migrations.Migration):
    dependencies = [("detection", "0001_initial")]
    operations = [migrations.RunPython(make_first_entrance, migrations.RunPython.noop)]

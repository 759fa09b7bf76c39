"""How templates say what came of a photo."""

from django import template

from detection import messages
from detection.models import Face, Photo
from detection.numbers import whole_per_cent

register = template.Library()
register.filter("result_sentence", messages.result_sentence)
register.filter("result_kind", messages.result_kind)
register.filter("found_sentence", messages.found_sentence)
register.filter("judged_sentence", messages.judged_sentence)
register.filter("per_cent", whole_per_cent)


@register.inclusion_tag("detection/_badge.html")
def photo_badge(photo: Photo) -> dict[str, str]:
    """The photo's verdict, or its status until there is one: colour, icon and word."""
    done = photo.status == Photo.Status.DONE
    return {
        "kind": messages.result_kind(photo),
        "name": photo.get_verdict_display() if done else photo.get_status_display(),
    }


@register.inclusion_tag("detection/_badge.html")
def face_badge(face: Face) -> dict[str, str]:
    return {"kind": face.label, "name": face.get_label_display()}

"""How templates say what came of a photo."""

from django import template

from detection import messages
from detection.models import Face, Photo

register = template.Library()
register.filter("result_sentence", messages.result_sentence)
register.filter("result_kind", messages.result_kind)


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


@register.filter
def per_cent(share: float) -> str:
    """A score from 0 to 1 as whole per cent; never shown as certain when it is not."""
    whole = round(100 * share)
    return str(99 if whole == 100 and share < 1 else whole)

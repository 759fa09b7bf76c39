"""What pages say to people about a photo: its result, what went wrong with it, and what to do next."""

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from detection.models import Face, FaceFinder, Photo
from detection.numbers import whole_per_cent

MIB = 1024 * 1024


def limit_numbers() -> dict[str, str]:
    """The limits on a photo as people read them; the same settings that intake checks."""
    return {
        "megabytes": number_format(settings.PHOTO_MAX_BYTES / MIB, 1).removesuffix(".0").removesuffix(",0"),
        "megapixels": number_format(settings.PHOTO_MAX_PIXELS / 1_000_000, 0),
        "longest": number_format(settings.PHOTO_MAX_SIDE, 0, force_grouping=True),
        "shortest": number_format(settings.PHOTO_MIN_SIDE, 0),
    }


def refusal(code: str) -> str:
    """Why a file was not taken in, by the code of its PhotoError."""
    sentences = {
        "unreadable": _("The file cannot be read. Check that it is still there, then try again."),
        "empty": _("The file is empty. Send the original file again."),
        "too_large": _("The file is larger than %(megabytes)s MB. Send a smaller copy of the photo."),
        "too_many_pixels": _("The picture has more than %(megapixels)s megapixels. Send a smaller copy of the photo."),
        "side_too_long": _("A side of the picture is longer than %(longest)s pixels. Send a smaller copy."),
        "side_too_short": _("A side of the picture is shorter than %(shortest)s pixels. Send the original photo."),
        "unsupported_format": _("This is not a photo that can be read. Send a JPEG, PNG, WebP or HEIC file."),
        "damaged": _("The file is damaged or incomplete. Copy it from the phone or camera again, then send that."),
    }
    return sentences.get(code, _("The file could not be taken in. Try another copy of the photo.")) % limit_numbers()


def failure(photo: Photo) -> str:
    """Why the photo could not be scanned, and what to do about it."""
    sentences = {
        "missing_file": _("The stored picture is missing. Upload the photo again, then delete this one."),
        "crashed": _("Scanning this photo stopped the worker several times. Look at the picture, then delete it."),
        "error": _("Scanning failed again and again. Ask whoever runs maskweb to look into the log, then scan again."),
        "damaged": _("The stored picture is damaged. Upload the photo again, then delete this one."),
    }
    return sentences.get(photo.failure_code) or photo.failure_detail


def people_sentence(photo: Photo) -> str:
    """One sentence on a scanned photo: "2 people: 1 wears a mask, 1 wears no mask"."""
    if not photo.people:
        return without_face_sentence(photo)
    parts = [
        ngettext("%(n)s wears a mask", "%(n)s wear a mask", photo.mask_count) % {"n": photo.mask_count},
        ngettext("%(n)s wears no mask", "%(n)s wear no mask", photo.no_mask_count) % {"n": photo.no_mask_count},
        ngettext("%(n)s wears it wrongly", "%(n)s wear it wrongly", photo.incorrect_count)
        % {"n": photo.incorrect_count},
        ngettext("%(n)s is unsure", "%(n)s are unsure", photo.unsure_count) % {"n": photo.unsure_count},
    ]
    seen = [part for part, count in zip(parts, photo.summary.values(), strict=True) if count]
    people = ngettext("%(n)s person", "%(n)s people", photo.people) % {"n": photo.people}
    return _("%(people)s: %(what)s") % {"people": people, "what": ", ".join(seen)}


def without_face_sentence(photo: Photo) -> str:
    sentences = {
        Photo.Look.NOBODY_THERE.value: _("No face was found, and a person who looked saw nobody."),
        Photo.Look.PEOPLE_MISSED.value: _("No face was found, but a person who looked saw people."),
    }
    return sentences.get(photo.look) or _("No face was found: look at the picture yourself.")


def found_sentence(face: Face) -> str:
    """Who found the face and how sure that was: "Found by our own finder, 93 % sure."."""
    if face.finder == FaceFinder.HAAR:
        votes = round(face.finder_score)
        said = ngettext("Found by Haar cascades with %(n)s vote.", "Found by Haar cascades with %(n)s votes.", votes)
        return said % {"n": votes}
    said = _("Found by %(finder)s, %(sure)s %% sure.")
    return said % {"finder": face.get_finder_display(), "sure": whole_per_cent(face.finder_score)}


def judged_sentence(face: Face) -> str:
    """Whose word the label is."""
    sentences = {
        Face.JudgedBy.FINDER: _("Judged by the finder itself."),
        Face.JudgedBy.BOTH: _("Judged by finder and classifier together."),
    }
    return sentences.get(Face.JudgedBy(face.judged_by), _("Judged by the classifier."))


def finder_refusal(name: str) -> str:
    """Why a finder cannot be chosen now, and what to do about it."""
    sentences = {
        FaceFinder.SSD.value: _(
            "Its weights are missing. Run `manage.py prepare` again, or activate a model that finds faces in the "
            "administration."
        ),
        FaceFinder.YUNET.value: _(
            "YuNet does not come with maskweb. Whoever runs it has to fetch the ONNX file, set MASKWEB_YUNET_FILE and "
            "MASKWEB_YUNET_SHA256, and start maskweb again."
        ),
    }
    return sentences.get(name) or _("There is no face finder called “%(name)s”.") % {"name": name}


def result_sentence(photo: Photo) -> str:
    """What is known of the photo now, in one sentence."""
    if photo.status == Photo.Status.DONE:
        return people_sentence(photo)
    if photo.status == Photo.Status.FAILED:
        return failure(photo)
    if photo.status == Photo.Status.SCANNING:
        return _("Being scanned now.")
    return _("Waiting to be scanned.")


def result_kind(photo: Photo) -> str:
    """The word that picks a badge: the verdict once there is one, the status until then."""
    return photo.verdict if photo.status == Photo.Status.DONE else photo.status


WAITING_FOR_BROKER = "broker"
WAITING_FOR_WORKER = "worker"


def holdup(code: str) -> str:
    """Why photos wait longer than a moment; nothing when nothing holds them up."""
    sentences = {
        WAITING_FOR_BROKER: _(
            "The queue does not answer. Your photos are safe and wait; they are scanned when it is back."
        ),
        WAITING_FOR_WORKER: _(
            "No scan worker is running. Your photos are safe and wait; they are scanned when one starts."
        ),
    }
    return sentences.get(code, "")

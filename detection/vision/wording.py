"""What a photo shows, as an English sentence for the command line."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detection.vision.labels import Label

if TYPE_CHECKING:
    from detection.vision.classifier import Judgement

ONE_AND_MORE = {
    Label.MASK: ("wears a mask", "wear a mask"),
    Label.NO_MASK: ("wears no mask", "wear no mask"),
    Label.INCORRECT: ("wears a mask wrongly", "wear a mask wrongly"),
    Label.UNSURE: ("cannot be told", "cannot be told"),
}
BESIDE_MASKS = {**ONE_AND_MORE, Label.NO_MASK: ("does not", "do not")}
JUDGED_AS = {
    Label.MASK: "wears a mask",
    Label.NO_MASK: "wears no mask",
    Label.INCORRECT: "wears a mask wrongly",
    Label.UNSURE: "cannot be told",
}


def sentence_on(summary: Mapping[str, int]) -> str:
    """`summary` counts faces by label: "2 people: 1 wears a mask, 1 does not"."""
    total = sum(summary.values())
    if not total:
        return "no face found: look at the photo yourself"
    people = "1 person" if total == 1 else f"{total} people"
    words = BESIDE_MASKS if summary.get(Label.MASK) else ONE_AND_MORE
    parts = [f"{count} {words[label][count > 1]}" for label in Label if (count := summary.get(label, 0))]
    return f"{people}: {', '.join(parts)}"


def judgement_in_words(judgement: "Judgement") -> str:
    """On a picture taken as one face: "wears a mask (98 %)"."""
    doubt = ", though it may be no face at all" if judgement.is_background else ""
    return f"{JUDGED_AS[judgement.label]} ({judgement.score:.0%}){doubt}"

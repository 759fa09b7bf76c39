"""Numbers as people of the language at hand write them."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def whole_per_cent(share: float) -> str:
    """A share from 0 to 1 as a whole number; never shown as certain when it is not."""
    whole = round(100 * share)
    return str(99 if whole == 100 and share < 1 else whole)


def per_cent(share: float, decimals: int = 0) -> str:
    """A share from 0 to 1: "97%", in French "97 %"."""
    return _("%(number)s%%") % {"number": number_format(round(100 * share, decimals), decimals)}

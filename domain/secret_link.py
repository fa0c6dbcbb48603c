"""Links in letters that work once: how long, and what is said of one that does not work any more."""

from datetime import timedelta
from typing import ClassVar

from domain.errors import NotFound

RESET_LASTS = timedelta(minutes=30)
EMAIL_CHANGE_LASTS = timedelta(days=1)
REGISTRATION_LASTS = timedelta(days=1)


class LinkEnded(NotFound):
    """The link was used, replaced by a newer one, or is too old."""

    code: ClassVar[str] = "link_ended"


def link_ended() -> LinkEnded:
    """One answer for whatever the reason is."""
    return LinkEnded("This link does not work any more: it was used, replaced by a newer one, or is too old")

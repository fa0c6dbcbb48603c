"""Who writes to whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondents:
    """Who writes to whom. `country` and `time_zone` are the reader's and decide the look of days and amounts.

    `support_email` is where questions go; `portal_url` is the client's own page, None where there is none.
    """

    seller: str
    seller_address_lines: tuple[str, ...]
    support_email: str
    client: str
    country: str
    time_zone: str
    portal_url: str | None = None

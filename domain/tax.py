"""Taxes: dated rates by country and region, and the one that holds for an invoice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.errors import Invalid
from domain.places import country_named

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A rate in millionths from a day on; an empty `region` means the whole country."""

    id: UUID
    country: str
    region: str
    name: str
    rate_ppm: int
    effective_on: date
    created_at: datetime

    def checked(self) -> "TaxRate":
        """The same, if it can be a rate.

        Raises:
            Invalid: a field cannot be what it says.
        """
        country_named(self.country)
        if not 1 <= len(self.name) <= 60:
            raise Invalid("name: write 1 to 60 characters, such as VAT")
        if not 0 <= self.rate_ppm <= PPM:
            raise Invalid("rate: write a percentage from 0 to 100")
        return self


def rate_for(rates: Iterable[TaxRate], *, country: str, region: str, on: date) -> TaxRate | None:
    """The newest rate in force on a day; one of the region goes before one of the country.

    No rate registered means no tax. A rate of zero from a day on ends an earlier one.
    """
    held = [r for r in rates if r.country == country and r.region in ("", region) and r.effective_on <= on]
    return max(held, key=lambda rate: (rate.region != "", rate.effective_on), default=None)


def read_percent(text: str, *, field: str) -> int:
    """Millionths from a percentage such as "8.875".

    Raises:
        Invalid: not a percentage from 0 to 100 with at most four decimals; it begins with `field`.
    """
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit() and whole and len(whole) <= 3 and len(fraction) <= 4):
        raise Invalid(
            f"{field}: '{text[:20]}' is not a percentage; write 0 to 100 with at most four decimals"
        )
    ppm = int(whole) * 10_000 + int(fraction.ljust(4, "0"))
    if ppm > PPM:
        raise Invalid(f"{field}: '{text[:20]}' is more than 100 percent")
    return ppm


def show_percent(rate_ppm: int) -> str:
    """The percentage without needless zeros, for example "8.875"."""
    whole, fraction = divmod(rate_ppm, 10_000)
    return f"{whole}.{fraction:04d}".rstrip("0").rstrip(".")

"""Amounts and days of one document as its reader writes them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale

from gateways import formats


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one document's values for its reader."""

    currency: str
    locale: Locale

    def money(self, amount_nanos: int) -> str:
        """An amount in whole coins."""
        return formats.money(amount_nanos, self.currency, self.locale)

    def price(self, amount_nanos: int) -> str:
        """A price with all its decimals."""
        return formats.price(amount_nanos, self.currency, self.locale)

    def day(self, value: date) -> str:
        """A calendar day in words."""
        return formats.day(value, self.locale)

    def quantity(self, value: Decimal | int) -> str:
        """A count in groups of thousands."""
        return formats.quantity(value, self.locale)

    def percent(self, rate: Decimal) -> str:
        """A rate given in percent."""
        return formats.percent(rate, self.locale)

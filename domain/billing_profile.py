"""How an organization is billed: who it is in law, where, by which terms, and how it pays."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import get_args
from uuid import UUID

from domain.errors import Invalid
from domain.invoice.lines import RecurringCharge
from domain.payment_profile import CollectionMethod
from domain.period import month_of

_LINES = 6
_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProfile:
    """Printed on every invoice made from now on; `discount_ppm` in millionths of what is due before tax."""

    organization_id: UUID
    legal_name: str = ""
    address_lines: tuple[str, ...] = ()
    region: str = ""
    tax_id: str = ""
    tax_exempt: bool = False
    discount_ppm: int = 0
    collection_method: CollectionMethod = "card"

    def checked(self) -> "BillingProfile":
        """The same without blanks around its texts.

        Raises:
            Invalid: a text is too long, or the discount is no share.
        """
        if len(self.address_lines) > _LINES:
            raise Invalid(f"address_lines: write at most {_LINES} lines")
        if not 0 <= self.discount_ppm <= 1_000_000:
            raise Invalid("discount: write a percentage from 0 to 100")
        if self.collection_method not in get_args(CollectionMethod):
            raise Invalid("collection_method: write card or bank_transfer")
        return replace(
            self,
            legal_name=_spelled("legal_name", self.legal_name),
            address_lines=tuple(
                _spelled("address_lines", line) for line in self.address_lines if line.strip()
            ),
            region=_spelled("region", self.region).upper(),
            tax_id=_spelled("tax_id", self.tax_id),
        )


def _spelled(field: str, text: str) -> str:
    spelled = " ".join(text.split())
    if len(spelled) > _LENGTH:
        raise Invalid(f"{field}: write at most {_LENGTH} characters")
    return spelled


def require_billable_start(starts_on: date, *, invoiced_until: datetime | None, zone: str) -> None:
    """Refuses a charge that would begin in a month that is invoiced already.

    Raises:
        Invalid: with the first day that is possible.
    """
    if invoiced_until is None:
        return
    first = month_of(invoiced_until, zone)
    if starts_on < first:
        raise Invalid(f"starts_on: the months before {first} are invoiced; begin on {first} or later")


def ended(charge: RecurringCharge, on: date) -> RecurringCharge:
    """The charge with its last day.

    Raises:
        Invalid: it would end before it began.
    """
    if on < charge.starts_on:
        raise Invalid(f"ends_on: the charge begins on {charge.starts_on}; end it then or later")
    return replace(charge, ends_on=on)

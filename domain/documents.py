"""The facts printed on invoices and credit notes, frozen when the document is made: enough to print it again.

Amounts are nanos of the document's currency; days are calendar days in the client's billing zone.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["invoice", "credit_note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The legal entity that issues the document.

    `bank_details` are lines such as "IBAN: DE89…"; `logo` is the content of an SVG or PNG file.
    """

    name: str
    address_lines: tuple[str, ...]
    country: str
    tax_id: str | None = None
    email: str | None = None
    legal_text: str = ""
    bank_details: tuple[str, ...] = ()
    logo: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The client; `country` (ISO 3166, two letters) decides paper size and the look of amounts and dates."""

    name: str
    address_lines: tuple[str, ...]
    country: str
    tax_id: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One row: `unit_price_nanos` is the price of `priced_per` units, None where a price says nothing.

    An adjustment belongs to an earlier month, which its description names.
    """

    description: str
    quantity: Decimal
    unit: str
    amount_nanos: int
    unit_price_nanos: int | None = None
    priced_per: int = 1
    adjustment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTax:
    """One tax as it was when the document was made; `rate` is in percent."""

    name: str
    rate: Decimal
    base_nanos: int
    amount_nanos: int


@dataclass(frozen=True, slots=True)
class CardOnFile:
    """The saved card is charged without the client's doing; `link` leads to another way of paying."""

    brand: str
    last4: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """The client sends the money; `instructions` are lines such as "IBAN: DE89…"."""

    instructions: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """The client pays on a hosted page."""

    url: str


@dataclass(frozen=True, slots=True)
class NothingToPay:
    """Nothing is due; `reason` says why, for example that prepaid credits covered it."""

    reason: str


HowToPay = CardOnFile | BankTransfer | PaymentLink | NothingToPay


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """Everything on an invoice or, with `kind` "credit_note", on the credit note that corrects one.

    `period_until` is the first day after the period. A credit note carries positive amounts, the number of
    the `corrected_invoice`, the `reason`, and what of it became credits (`returned_nanos`). The same facts always
    give the same bytes.
    """

    number: str
    issued_on: date
    period_from: date
    period_until: date
    seller: Seller
    buyer: Buyer
    currency: str
    lines: tuple[DocumentLine, ...]
    subtotal_nanos: int
    total_nanos: int
    amount_due_nanos: int
    how_to_pay: HowToPay
    kind: Kind = "invoice"
    due_on: date | None = None
    discount_nanos: int = 0
    discount_label: str = "Discount"
    taxes: tuple[DocumentTax, ...] = ()
    credits_applied_nanos: int = 0
    returned_nanos: int = 0
    corrected_invoice: str | None = None
    reason: str = ""

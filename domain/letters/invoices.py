"""The facts of letters about invoices and their payment, frozen.

Amounts are nanos of the currency, days are calendar days in the client's zone, moments are aware UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.documents import BankTransfer, HowToPay
from domain.letters.correspondents import Correspondents

# Kinds of letters that accounting law demands to be kept, whoever they went to.
MONEY_LETTERS = (
    "invoice_issued",
    "receipt",
    "payment_failed",
    "authentication_required",
    "payment_reminder",
    "final_notice",
    "bank_transfer_instructions",
    "card_needed",
    "credit_note_issued",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfInvoice:
    """What every letter about an invoice or credit note says; `number` is the document's."""

    who: Correspondents
    number: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDebt(OfInvoice):
    """What every letter says that asks for money which is still due."""

    amount_due_nanos: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(OfInvoice):
    """A new invoice, attached. `period_until` is the first day after the period."""

    period_from: date
    period_until: date
    total_nanos: int
    amount_due_nanos: int
    how_to_pay: HowToPay
    credits_applied_nanos: int = 0
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(OfInvoice):
    """A payment has arrived; `method` is for example "Visa card ending in 4242".

    `credited_nanos` of it was more than was owed and became credits.
    """

    amount_nanos: int
    paid_at: datetime
    method: str
    remaining_nanos: int = 0
    credited_nanos: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(OfInvoice):
    """A card was declined for the bank's `decline_code`; `next_attempt_on` is None when it is not tried again."""

    amount_nanos: int
    card: str
    decline_code: str | None
    update_url: str
    next_attempt_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationRequired(OfInvoice):
    """The client's bank wants the client's own confirmation, on the hosted page `link`."""

    amount_nanos: int
    card: str
    link: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReminder(OfDebt):
    """Reminder `step` of `steps` about an invoice that is `days_overdue`; below zero it is not due yet."""

    days_overdue: int
    step: int
    steps: int
    how_to_pay: HowToPay


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalNotice(OfDebt):
    """The last letter before `consequence` (a half sentence: "your API keys will be suspended") on `acts_on`."""

    days_overdue: int
    acts_on: date
    consequence: str
    how_to_pay: HowToPay


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransferInstructions(OfDebt):
    """Where to send the money for an open invoice."""

    how_to_pay: BankTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNeeded(OfDebt):
    """An open invoice that is paid by card, and no card is saved; `link` leads to the page where one is."""

    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued(OfInvoice):
    """A credit note, attached; `effect` says what becomes of the money, `returned_nanos` what of it became credits."""

    corrected_invoice: str
    amount_nanos: int
    reason: str
    effect: str
    returned_nanos: int = 0

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
class InvoiceIssued:
    """A new invoice, attached. `period_until` is the first day after the period."""

    who: Correspondents
    number: str
    period_from: date
    period_until: date
    currency: str
    total_nanos: int
    amount_due_nanos: int
    how_to_pay: HowToPay
    credits_applied_nanos: int = 0
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A payment has arrived; `method` is for example "Visa card ending in 4242"."""

    who: Correspondents
    number: str
    currency: str
    amount_nanos: int
    paid_at: datetime
    method: str
    remaining_nanos: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """A card was declined for the bank's `decline_code`; `next_attempt_on` is None when it is not tried again."""

    who: Correspondents
    number: str
    currency: str
    amount_nanos: int
    card: str
    decline_code: str | None
    update_url: str
    next_attempt_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationRequired:
    """The client's bank wants the client's own confirmation, on the hosted page `link`."""

    who: Correspondents
    number: str
    currency: str
    amount_nanos: int
    card: str
    link: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReminder:
    """Reminder `step` of `steps` about an invoice that is `days_overdue`; below zero it is not due yet."""

    who: Correspondents
    number: str
    currency: str
    amount_due_nanos: int
    due_on: date
    days_overdue: int
    step: int
    steps: int
    how_to_pay: HowToPay


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalNotice:
    """The last letter before `consequence` (a half sentence: "your API keys will be suspended") on `acts_on`."""

    who: Correspondents
    number: str
    currency: str
    amount_due_nanos: int
    due_on: date
    days_overdue: int
    acts_on: date
    consequence: str
    how_to_pay: HowToPay


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransferInstructions:
    """Where to send the money for an open invoice."""

    who: Correspondents
    number: str
    currency: str
    amount_due_nanos: int
    due_on: date
    how_to_pay: BankTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNeeded:
    """An open invoice that is paid by card, and no card is saved; `link` leads to the page where one is."""

    who: Correspondents
    number: str
    currency: str
    amount_due_nanos: int
    due_on: date
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued:
    """A credit note, attached; `effect` says what becomes of the money: "It was refunded to your card." """

    who: Correspondents
    number: str
    corrected_invoice: str
    currency: str
    amount_nanos: int
    reason: str
    effect: str

"""The facts of every letter, frozen: wording and looks are decided where they are written.

One file for each subject; its kinds of letters are named here. Amounts are nanos of the currency, days are
calendar days in the reader's zone, moments are aware UTC.
"""

from typing import Literal

from domain.letters.alerts import StaffAlert
from domain.letters.correspondents import Correspondents
from domain.letters.invoices import (
    AuthenticationRequired,
    BankTransferInstructions,
    CardNeeded,
    CreditNoteIssued,
    FinalNotice,
    InvoiceIssued,
    PaymentFailed,
    PaymentReminder,
    Receipt,
)

__all__ = [
    "AuthenticationRequired",
    "BankTransferInstructions",
    "CardNeeded",
    "Correspondents",
    "CreditNoteIssued",
    "Facts",
    "FinalNotice",
    "InvoiceIssued",
    "Kind",
    "PaymentFailed",
    "PaymentReminder",
    "Receipt",
    "StaffAlert",
]

Kind = Literal[
    "invoice_issued",
    "receipt",
    "payment_failed",
    "authentication_required",
    "payment_reminder",
    "final_notice",
    "bank_transfer_instructions",
    "card_needed",
    "credit_note_issued",
    "staff_alert",
]
Facts = (
    InvoiceIssued
    | Receipt
    | PaymentFailed
    | AuthenticationRequired
    | PaymentReminder
    | FinalNotice
    | BankTransferInstructions
    | CardNeeded
    | CreditNoteIssued
    | StaffAlert
)

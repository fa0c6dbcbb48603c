"""The facts of every letter, frozen: wording and looks are decided where they are written.

One file for each subject; its kinds of letters are named here. Amounts are nanos of the currency, days are
calendar days in the reader's zone, moments are aware UTC.
"""

from typing import Literal

from domain.letters.accounts import (
    AccountChanged,
    AccountExists,
    EmailChangeAsked,
    EmailConfirmation,
    PasswordReset,
    RegistrationAsked,
)
from domain.letters.alerts import StaffAlert
from domain.letters.correspondents import Correspondents
from domain.letters.deletions import (
    DeletionApproved,
    DeletionDone,
    DeletionEscalated,
    DeletionExpired,
    DeletionRefused,
    DeletionReminder,
    DeletionRequested,
    DeletionRestored,
)
from domain.letters.domains import DomainConfirmation
from domain.letters.invites import Invite, InviteExpired, InviteReminder
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
from domain.letters.keys import KeyEnds
from domain.letters.own_data import ErasureDone, ErasureScheduled, ExportReady
from domain.letters.providers import ProviderKeyRefused

__all__ = [
    "AccountChanged",
    "AccountExists",
    "AuthenticationRequired",
    "BankTransferInstructions",
    "CardNeeded",
    "Correspondents",
    "CreditNoteIssued",
    "DeletionApproved",
    "DeletionDone",
    "DeletionEscalated",
    "DeletionExpired",
    "DeletionRefused",
    "DeletionReminder",
    "DeletionRequested",
    "DeletionRestored",
    "DomainConfirmation",
    "EmailChangeAsked",
    "EmailConfirmation",
    "ErasureDone",
    "ErasureScheduled",
    "ExportReady",
    "Facts",
    "FinalNotice",
    "Invite",
    "InviteExpired",
    "InviteReminder",
    "InvoiceIssued",
    "KeyEnds",
    "Kind",
    "PasswordReset",
    "PaymentFailed",
    "PaymentReminder",
    "ProviderKeyRefused",
    "Receipt",
    "RegistrationAsked",
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
    "deletion_approved",
    "deletion_done",
    "deletion_escalated",
    "deletion_expired",
    "deletion_refused",
    "deletion_reminder",
    "deletion_requested",
    "deletion_restored",
    "erasure_done",
    "erasure_scheduled",
    "export_ready",
    "invite",
    "invite_reminder",
    "invite_expired",
    "account_changed",
    "account_exists",
    "domain_confirmation",
    "email_change_asked",
    "email_confirmation",
    "password_reset",
    "registration_asked",
    "key_ends",
    "provider_key_refused",
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
    | KeyEnds
    | ProviderKeyRefused
    | DeletionApproved
    | DeletionDone
    | DeletionEscalated
    | DeletionExpired
    | DeletionRefused
    | DeletionReminder
    | DeletionRequested
    | DeletionRestored
    | ErasureDone
    | ErasureScheduled
    | ExportReady
    | Invite
    | InviteReminder
    | InviteExpired
    | AccountChanged
    | AccountExists
    | DomainConfirmation
    | EmailChangeAsked
    | EmailConfirmation
    | PasswordReset
    | RegistrationAsked
)

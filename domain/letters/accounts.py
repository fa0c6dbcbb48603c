"""The facts of letters about a person's own account, frozen.

`link` is for the reader only: it is sealed while the letter waits, and works once. Moments are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.letters.correspondents import Correspondents

Change = Literal[
    "password_changed",
    "password_reset",
    "new_device",
    "second_factor_on",
    "second_factor_off",
    "recovery_codes_made",
    "recovery_code_used",
    "recovery_code_confirmed",
    "email_changed",
    "email_change_cancelled",
    "passkey_added",
    "passkey_removed",
]

Wanted = Literal["new_account", "other_account"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordReset:
    """Somebody, presumably the reader, asked for a new password."""

    who: Correspondents
    email: str
    link: str
    expires_at: datetime
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeAsked:
    """To the old address: somebody signed in as the reader wants another one; confirm or cancel."""

    who: Correspondents
    email: str
    new_email: str
    link: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConfirmation:
    """To the new address: does it belong to whoever asked?"""

    who: Correspondents
    email: str
    link: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAsked:
    """Somebody wants to open an account with this address."""

    who: Correspondents
    email: str
    link: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountExists:
    """Somebody wanted an address that has an account already: to open one with it, or for an account of theirs."""

    who: Correspondents
    email: str
    wanted: Wanted
    sign_in_url: str
    reset_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged:
    """Something changed that only the account's owner should change; `device` is for example Firefox on Linux."""

    who: Correspondents
    email: str
    what: Change
    at: datetime
    device: str
    address: str
    account_url: str
    detail: str = ""

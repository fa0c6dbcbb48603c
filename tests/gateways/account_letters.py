"""One set of facts for every letter about a person's own account."""

from datetime import UTC, datetime

from domain.letters import (
    AccountChanged,
    AccountExists,
    Correspondents,
    EmailChangeAsked,
    EmailConfirmation,
    Facts,
    Kind,
    PasswordReset,
    RegistrationAsked,
)

_EMAIL, _HOME = "ada@northwind.example", "https://app.backoffice.example"
_ENDS = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)


def account_letters(who: Correspondents) -> dict[Kind, Facts]:
    """By kind."""
    link = f"{_HOME}/password/reset?token=abc"
    return {
        "password_reset": PasswordReset(
            who=who, email=_EMAIL, link=link, expires_at=_ENDS, address="203.0.113.7"
        ),
        "email_change_asked": EmailChangeAsked(
            who=who, email=_EMAIL, new_email="ada@lovelace.example", link=link, expires_at=_ENDS
        ),
        "email_confirmation": EmailConfirmation(
            who=who, email="ada@lovelace.example", link=link, expires_at=_ENDS
        ),
        "registration_asked": RegistrationAsked(who=who, email=_EMAIL, link=link, expires_at=_ENDS),
        "account_exists": AccountExists(
            who=who,
            email=_EMAIL,
            wanted="new_account",
            sign_in_url=f"{_HOME}/sign-in",
            reset_url=f"{_HOME}/password/forgot",
        ),
        "account_changed": AccountChanged(
            who=who,
            email=_EMAIL,
            what="new_device",
            at=_ENDS,
            device="Firefox on Linux",
            address="203.0.113.7",
            account_url=f"{_HOME}/account",
        ),
    }

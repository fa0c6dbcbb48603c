"""Letters about a person's own account: links that work once, and what has changed."""

from typing import NamedTuple

from domain.letters import (
    AccountChanged,
    AccountExists,
    EmailChangeAsked,
    EmailConfirmation,
    PasswordReset,
    RegistrationAsked,
)
from domain.letters.accounts import Change, Wanted
from domain.letters.correspondents import Correspondents
from gateways.letters.content import Button, Content, Link, Paragraph, Rows, Voice, questions


class _Told(NamedTuple):
    """What a change is called, and what happened."""

    subject: str
    text: str


_CHANGES: dict[Change, _Told] = {
    "password_changed": _Told(
        "Your password was changed",
        "The password of your account was changed. Every other browser was signed out.",
    ),
    "password_reset": _Told(
        "Your password was reset",
        "Your account has a new password, set with a link from a letter. Every browser was signed out.",
    ),
    "new_device": _Told(
        "New sign-in to your account",
        "Somebody signed in to your account with a browser we have not seen before.",
    ),
    "second_factor_on": _Told(
        "Your second factor is on",
        "From now on, signing in with your password also asks for a code from your authenticator app.",
    ),
    "second_factor_off": _Told(
        "Your second factor was turned off", "Signing in to your account now asks for the password only."
    ),
    "recovery_codes_made": _Told(
        "You have new recovery codes",
        "New recovery codes were made for your account. The old ones stopped working.",
    ),
    "recovery_code_used": _Told(
        "A recovery code was used", "Somebody signed in to your account with one of your recovery codes."
    ),
    "recovery_code_confirmed": _Told(
        "A recovery code was used",
        "Somebody who is signed in to your account proved with one of your recovery codes that it is you.",
    ),
    "email_changed": _Told(
        "Your e-mail address was changed", "The e-mail address you sign in with was changed."
    ),
    "email_change_cancelled": _Told(
        "Your e-mail address stays", "The change of your e-mail address was cancelled. Nothing has changed."
    ),
    "passkey_added": _Told("A passkey was added", "A new passkey can sign in to your account."),
    "passkey_removed": _Told("A passkey was removed", "A passkey no longer opens your account."),
}
_WANTED: dict[Wanted, str] = {
    "new_account": "Somebody, perhaps you, wanted to open an account with {email}. There is one already.",
    "other_account": "Somebody, perhaps you, wanted to sign in to another account with {email}. "
    "The address has an account of its own already, so nothing has changed.",
}


def password_reset(f: PasswordReset) -> Content:
    """A link to choose a new password."""
    voice = Voice.to(f.who)
    return Content(
        subject="Choose a new password",
        preview="The link works once and ends after half an hour.",
        head="Choose a new password",
        parts=(
            Paragraph(f"Somebody{_from(f.address)} asked for a new password for {f.email}."),
            Button("Choose a new password", f.link),
            Paragraph(
                f"The link works once, until {voice.moment(f.expires_at)}. A newer letter replaces it."
            ),
            Paragraph("If it was not you, ignore this letter: your password stays as it is."),
        ),
        reason=_reason(f.who, f.email),
    )


def email_change_asked(f: EmailChangeAsked) -> Content:
    """To the old address: confirm or cancel."""
    voice = Voice.to(f.who)
    return Content(
        subject="Confirm the change of your e-mail address",
        preview=f"From {f.email} to {f.new_email}.",
        head="Change your e-mail address?",
        parts=(
            Paragraph("Somebody signed in to your account wants to change the address you sign in with."),
            Rows((("From", f.email), ("To", f.new_email))),
            Button("Confirm or cancel", f.link),
            Paragraph(
                f"The change is made once both addresses have confirmed it, until {voice.moment(f.expires_at)}. "
                "If it was not you, cancel it with the same button and change your password."
            ),
        ),
        reason=_reason(f.who, f.email),
    )


def email_confirmation(f: EmailConfirmation) -> Content:
    """To the new address: is it theirs?"""
    voice = Voice.to(f.who)
    return Content(
        subject="Confirm your new e-mail address",
        preview="One click, and one at your old address.",
        head="Is this your new address?",
        parts=(
            Paragraph(f"Somebody wants to sign in to {f.who.seller} with {f.email} from now on."),
            Button("Confirm this address", f.link),
            Paragraph(
                f"The link works until {voice.moment(f.expires_at)}. If it was not you, ignore this letter."
            ),
        ),
        reason=_reason(f.who, f.email),
    )


def registration_asked(f: RegistrationAsked) -> Content:
    """A link to finish opening an account."""
    voice = Voice.to(f.who)
    return Content(
        subject=f"Finish opening your account at {f.who.seller}",
        preview="Confirm your address, then choose your name and password.",
        head="Confirm your e-mail address",
        parts=(
            Paragraph(f"Welcome. One step is left to open an account with {f.email}."),
            Button("Open my account", f.link),
            Paragraph(f"The link works once, until {voice.moment(f.expires_at)}."),
            Paragraph("If it was not you, ignore this letter: no account is opened without the link."),
        ),
        reason=_reason(f.who, f.email),
    )


def account_exists(f: AccountExists) -> Content:
    """There is an account already; here is how to get in."""
    return Content(
        subject=f"You already have an account at {f.who.seller}",
        preview="Sign in, or choose a new password.",
        head="You already have an account",
        parts=(
            Paragraph(_WANTED[f.wanted].format(email=f.email)),
            Button("Sign in", f.sign_in_url),
            Link("Forgot your password? Choose a new one", f.reset_url),
        ),
        reason=_reason(f.who, f.email),
    )


def account_changed(f: AccountChanged) -> Content:
    """What has changed, when and from where, and what to do if it was not the reader."""
    voice, told = Voice.to(f.who), _CHANGES[f.what]
    pairs = [("When", voice.moment(f.at)), ("Browser", f.device), ("IP address", f.address or "unknown")]
    if f.detail:
        pairs.append(("Note", f.detail))
    return Content(
        subject=told.subject,
        preview=told.text,
        head=told.subject,
        parts=(
            Paragraph(told.text),
            Rows(tuple(pairs)),
            Paragraph(
                "If it was you, there is nothing to do. If not, change your password and end all sessions:"
            ),
            Button("Review your account", f.account_url),
        ),
        reason=_reason(f.who, f.email),
    )


def _from(address: str) -> str:
    return f" (IP address {address})" if address else ""


def _reason(who: Correspondents, email: str) -> str:
    return f"This letter is about the account {email} at {who.seller.removesuffix('.')}. {questions(who)}"

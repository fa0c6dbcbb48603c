"""Letters to clients and staff: the wording of each kind, set as HTML and as plain text from one content."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.letters import Facts, Kind
from gateways.letters import (
    accounts,
    alerts,
    deletions,
    domains,
    invites,
    invoices,
    keys,
    own_data,
    payments,
    providers,
    reminders,
)
from gateways.letters.content import Content, Part

TEMPLATES = Path(__file__).parent.parent / "letter_templates"
_WORDING: dict[Kind, Callable[..., Content]] = {
    "invoice_issued": invoices.invoice_issued,
    "bank_transfer_instructions": invoices.bank_transfer_instructions,
    "card_needed": payments.card_needed,
    "credit_note_issued": invoices.credit_note_issued,
    "receipt": payments.receipt,
    "payment_failed": payments.payment_failed,
    "authentication_required": payments.authentication_required,
    "payment_reminder": reminders.payment_reminder,
    "final_notice": reminders.final_notice,
    "staff_alert": alerts.staff_alert,
    "key_ends": keys.key_ends,
    "provider_key_refused": providers.provider_key_refused,
    "domain_confirmation": domains.domain_confirmation,
    "deletion_approved": deletions.deletion_approved,
    "deletion_done": deletions.deletion_done,
    "deletion_escalated": deletions.deletion_escalated,
    "deletion_expired": deletions.deletion_expired,
    "deletion_refused": deletions.deletion_refused,
    "deletion_reminder": deletions.deletion_reminder,
    "deletion_requested": deletions.deletion_requested,
    "deletion_restored": deletions.deletion_restored,
    "erasure_done": own_data.erasure_done,
    "erasure_scheduled": own_data.erasure_scheduled,
    "export_ready": own_data.export_ready,
    "invite": invites.invite,
    "invite_reminder": invites.invite_reminder,
    "invite_expired": invites.invite_expired,
    "account_changed": accounts.account_changed,
    "account_exists": accounts.account_exists,
    "email_change_asked": accounts.email_change_asked,
    "email_confirmation": accounts.email_confirmation,
    "password_reset": accounts.password_reset,
    "registration_asked": accounts.registration_asked,
}


def write(kind: Kind, facts: Facts) -> tuple[str, str, str]:
    """Subject, text and HTML of a letter; the same facts always give the same letter.

    Raises:
        TypeError: the facts belong to another kind of letter.
    """
    expected = "".join(part.capitalize() for part in kind.split("_"))
    if type(facts).__name__ != expected:
        raise TypeError(
            f"a letter of kind {kind} is written from {expected}, not from {type(facts).__name__}"
        )
    content = _WORDING[kind](facts)
    values = {"letter": content, "who": facts.who, "kind_of": _kind_of}
    text = _environment().get_template("layout.txt").render(values)
    html = _environment().get_template("layout.html").render(values)
    return " ".join(content.subject.split()), text, html


def _kind_of(part: Part) -> str:
    return type(part).__name__


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

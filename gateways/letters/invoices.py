"""Letters that come with a document or tell where to send the money."""

from datetime import timedelta

from domain.letters import BankTransferInstructions, CreditNoteIssued, InvoiceIssued
from gateways.letters.content import Content, Paragraph, Part, Rows, Voice, portal, reason_for, to_pay


def invoice_issued(f: InvoiceIssued) -> Content:
    """The invoice is attached; says what is due, until when and how, or that nothing is."""
    voice = Voice.to(f.who, f.currency)
    due = f" due {voice.day(f.due_on)}" if f.due_on and f.amount_due_nanos else ""
    amount = f"{voice.money(f.amount_due_nanos)}{due}" if f.amount_due_nanos else "nothing to pay"
    period = f"{voice.day(f.period_from)} to {voice.day(f.period_until - timedelta(days=1))}"
    return Content(
        subject=f"Invoice {f.number} from {f.who.seller}: {amount}",
        preview=f"Your invoice for {period} is attached.",
        head=f"Your invoice: {amount}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(f"Your invoice {f.number} for {period} is attached to this letter."),
            _sums(f, voice, period),
            *to_pay(f.how_to_pay),
            *portal(f.who, "See usage and invoices"),
        ),
        reason=reason_for(f.who),
    )


def _sums(f: InvoiceIssued, voice: Voice, period: str) -> Part:
    pairs = [("Invoice", f.number), ("Period", period), ("Total", voice.money(f.total_nanos))]
    if f.credits_applied_nanos:
        pairs.append(("Paid from credits", voice.money(-f.credits_applied_nanos)))
    pairs.append(("Amount due", voice.money(f.amount_due_nanos)))
    if f.due_on and f.amount_due_nanos:
        pairs.append(("Due", voice.day(f.due_on)))
    return Rows(tuple(pairs), strong="Amount due")


def bank_transfer_instructions(f: BankTransferInstructions) -> Content:
    """Where to send the money for an open invoice, and what to write on the transfer."""
    voice = Voice.to(f.who, f.currency)
    amount, day = voice.money(f.amount_due_nanos), voice.day(f.due_on)
    return Content(
        subject=f"How to pay invoice {f.number}: {amount} by {day}",
        preview=f"Bank details and the reference {f.how_to_pay.reference}.",
        head=f"How to pay {amount}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(f"Invoice {f.number} for {amount} is due {day} and is paid by bank transfer."),
            *to_pay(f.how_to_pay),
            Paragraph(
                "The reference lets us match your transfer to the invoice on the day it arrives. "
                "We confirm the payment by e-mail."
            ),
        ),
        reason=reason_for(f.who),
    )


def credit_note_issued(f: CreditNoteIssued) -> Content:
    """The credit note is attached; says why, and what becomes of the money."""
    voice = Voice.to(f.who, f.currency)
    amount = voice.money(f.amount_nanos)
    pairs = [
        ("Credit note", f.number),
        ("Corrects invoice", f.corrected_invoice),
        ("Reason", f.reason),
        ("Amount credited", amount),
    ]
    if f.returned_nanos:
        pairs.append(("Added to your credits", voice.money(f.returned_nanos)))
    return Content(
        subject=f"Credit note {f.number} from {f.who.seller}: {amount}",
        preview=f"A correction of invoice {f.corrected_invoice} is attached.",
        head=f"We have credited {amount}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(f"Credit note {f.number}, which corrects invoice {f.corrected_invoice}, is attached."),
            Rows(tuple(pairs), strong="Amount credited"),
            Paragraph(f.effect),
            *portal(f.who, "See usage and invoices"),
        ),
        reason=reason_for(f.who),
    )

"""Correcting an invoice: never an edit, always a credit note with its own number, postings, document and mail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from activities.documents import issued_on
from db import audit, credit_notes, intents, invoice_lines, invoices, payments, postings, wallets
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.errors import Invalid
from domain.ids import new_id, show
from domain.invoice.credit_note import Credit, LineCredit, credit_of, gross_of_lines
from domain.invoice.record import Invoice, InvoiceLine, number_text
from domain.money import format_amount
from domain.posting import Account, Posting
from domain.wallet import paid_credits

NUMBER_MARK = "CN-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is taken back of an invoice: an amount with tax, parts of lines without, or (neither) all that is open.

    What is more than open was paid, and goes back into the client's credits.
    """

    invoice_id: UUID
    reason: str
    amount_nanos: int | None = None
    lines: tuple[LineCredit, ...] = ()


async def credit(tx: Tx, correction: Correction, *, actor: Actor, now: datetime) -> Invoice:
    """The credit note; what is due falls by it, what was paid becomes credits, and what is void was never paid.

    Raises:
        NotFound: there is no such invoice.
        WrongState: it is neither open nor paid with money.
        Invalid: more than can be credited, or went back already, or a line that is not on it.
    """
    seen = await invoices.get(tx, invoice_id=correction.invoice_id)
    # Money of an organization moves under its wallet's lock, taken before the invoice's own.
    await wallets.lock(tx, organization_id=seen.organization_id)
    invoice = await invoices.lock(tx, invoice_id=correction.invoice_id)
    lines = await invoice_lines.of_invoice(tx, invoice_id=invoice.id)
    taken = credit_of(invoice, _gross(invoice, lines, correction))
    await _require_there(tx, invoice, taken)
    note = await _write(tx, invoice, taken, correction.reason, now)
    await postings.insert(tx, _postings(invoice, note, lines, taken, now))
    await _return(tx, invoice, note, now)
    await invoices.save(tx, _credited(invoice, taken, now))
    await _follow(tx, invoice, note, actor)
    return note


def _gross(invoice: Invoice, lines: Sequence[InvoiceLine], correction: Correction) -> int:
    invoice.require_creditable()
    if correction.lines:
        return gross_of_lines(invoice, lines, correction.lines)
    if correction.amount_nanos is not None:
        return correction.amount_nanos
    if invoice.open_nanos == 0:
        raise Invalid("amount: nothing is open; write how much of what was paid becomes credits")
    return invoice.open_nanos


async def _require_there(tx: Tx, invoice: Invoice, taken: Credit) -> None:
    """Refuses to give back as credits what the client's card or bank has back already."""
    if not taken.returned_nanos:
        return
    gone = sum(payment.gone_nanos for payment in await payments.lock_of_invoice(tx, invoice_id=invoice.id))
    left = max(invoice.amount_paid_nanos - invoice.amount_returned_nanos - gone, 0)
    if taken.returned_nanos > left:
        most = format_amount(invoice.open_nanos + left)
        raise Invalid(
            f"amount: only {most} {invoice.currency} can be credited:"
            f" {format_amount(gone)} of what was paid went back at the provider already",
            most=most,
        )


async def _write(tx: Tx, invoice: Invoice, taken: Credit, reason: str, now: datetime) -> Invoice:
    sequence, prefix = await credit_notes.next_number(tx, legal_entity=invoice.legal_entity)
    note = replace(
        invoice,
        id=new_id(),
        kind="credit_note",
        corrects_id=invoice.id,
        number=number_text(prefix + NUMBER_MARK, sequence),
        state="finalized",
        usage_nanos=0,
        rounding_nanos=0,
        subtotal_nanos=taken.net_nanos,
        discount_nanos=0,
        tax_nanos=taken.tax_nanos,
        total_nanos=taken.gross_nanos,
        credits_applied_nanos=0,
        amount_due_nanos=taken.gross_nanos,
        amount_paid_nanos=0,
        amount_credited_nanos=taken.open_nanos,
        amount_returned_nanos=taken.returned_nanos,
        discount_snapshot=None,
        tax_snapshot={**invoice.tax_snapshot, "base_nanos": taken.net_nanos}
        if invoice.tax_snapshot
        else None,
        reason=reason,
        run_id=None,
        covers_from=None,
        covers_until=None,
        created_at=now,
        finalized_at=now,
        due_on=None,
        paid_at=None,
        voided_at=None,
        delivered_at=None,
    )
    await invoices.insert_credit_note(tx, note, sequence=sequence)
    facts = {"invoice_id": note.id, "organization_id": note.organization_id}
    await invoice_lines.insert_all(tx, **facts, lines=[_line(invoice, taken)])
    return note


def _line(invoice: Invoice, taken: Credit) -> InvoiceLine:
    return InvoiceLine(
        id=new_id(),
        position=1,
        kind="credit",
        description=f"Credit on invoice {invoice.number} of {issued_on(invoice):%d %B %Y}",
        provider="",
        model="",
        measure="",
        meter="",
        usage_month=None,
        price_id=None,
        quantity=Decimal(1),
        unit="credit",
        unit_price_nanos=taken.net_nanos,
        exact_nanos=taken.net_nanos,
        amount_nanos=taken.net_nanos,
    )


def _postings(
    invoice: Invoice, note: Invoice, lines: Sequence[InvoiceLine], taken: Credit, now: datetime
) -> list[Posting]:
    """The invoice's postings turned round: revenue by what was due for usage and for recurring charges, and tax."""
    whole = sum(line.exact_nanos for line in lines)
    recurring = sum(line.exact_nanos for line in lines if line.kind == "recurring")
    settled = invoice.credits_applied_nanos
    open_part = max(whole - settled, 1)
    of_recurring = min(taken.net_nanos, taken.net_nanos * recurring // open_part)
    amounts: list[tuple[Account, int]] = [
        ("revenue:usage", taken.net_nanos - of_recurring),
        ("revenue:recurring", of_recurring),
        ("tax:payable", taken.tax_nanos),
    ]
    entry_id = new_id()
    return [
        Posting(
            organization_id=note.organization_id,
            debit=account,
            credit="receivable:billed",
            amount_nanos=amount,
            currency=note.currency,
            cause="credit_note",
            key=f"credit_note:{note.id}:{account}",
            posted_at=now,
            subject_id=note.shown_id,
            entry_id=entry_id,
        )
        for account, amount in amounts
        if amount > 0
    ]


async def _return(tx: Tx, invoice: Invoice, note: Invoice, now: datetime) -> None:
    """What was paid and is taken back becomes credits, once for the note; the receivable is only passed through."""
    if not note.amount_returned_nanos:
        return
    lot = paid_credits(
        organization_id=note.organization_id,
        amount_nanos=note.amount_returned_nanos,
        reason=f"Credit note {note.number} for invoice {invoice.number}",
        key=note.shown_id,
        now=now,
    )
    await wallets.credit(tx, lot, source="receivable:billed", cause="credit_note", subject_id=note.shown_id)


def _credited(invoice: Invoice, taken: Credit, now: datetime) -> Invoice:
    """The invoice after it: void when nothing was paid and nothing is left, paid when the rest was paid."""
    after = replace(
        invoice,
        amount_credited_nanos=invoice.amount_credited_nanos + taken.open_nanos,
        amount_returned_nanos=invoice.amount_returned_nanos + taken.returned_nanos,
    )
    if after.open_nanos > 0 or invoice.state == "paid":
        return after
    if invoice.amount_paid_nanos == 0:
        return replace(after, state="void", voided_at=now)
    return replace(after, state="paid", paid_at=now)


async def _follow(tx: Tx, invoice: Invoice, note: Invoice, actor: Actor) -> None:
    """The document and its mail go out, with the invoice if that is still held back; its collection looks again."""
    if invoice.delivered_at is not None:
        await deliver(tx, note, actor=actor)
    await intents.insert(
        tx,
        key=f"collection/{invoice.shown_id}:{note.shown_id}",
        kind="signal",
        workflow="Collection",
        workflow_id=f"collection/{invoice.shown_id}",
        name="invoice_changed",
        payload={"reason": f"credit note {note.number}"},
        organization_id=invoice.organization_id,
        actor=actor,
    )
    facts = {
        "number": note.number,
        "amount": format_amount(note.total_nanos),
        "to_credits": format_amount(note.amount_returned_nanos),
        "reason": note.reason,
    }
    entry = Entry("invoice.credit", "invoice", invoice.shown_id, invoice.organization_id, after=facts)
    await audit.append(tx, [entry], actor=actor)


async def deliver(tx: Tx, document: Invoice, *, actor: Actor, again: bool = False) -> None:
    """Wants a document rendered and mailed, and an open invoice collected; `again` also after an earlier delivery."""
    await intents.insert(
        tx,
        key=f"invoice-delivery/{document.shown_id}" + (f":{new_id().hex}" if again else ""),
        kind="start",
        workflow="InvoiceDelivery",
        workflow_id=f"invoice-delivery/{document.shown_id}",
        payload={"document_id": document.id.hex, "organization_id": show("org", document.organization_id)},
        organization_id=document.organization_id,
        actor=actor,
        again=again,
        summary=f"Delivery of {document.number}",
    )

"""The letters that carry a document: a new invoice, a credit note; queued once for each."""

from datetime import datetime

from activities.correspondence import post
from activities.documents import Printer, how_to_pay
from db import invoices
from db.engine import Tx
from domain.ids import show
from domain.invoice.record import Invoice
from domain.letters import Correspondents, CreditNoteIssued, Facts, InvoiceIssued, Kind
from domain.period import next_month


async def queue_letter(tx: Tx, invoice: Invoice, printer: Printer, *, now: datetime) -> None:
    """Writes the letter that carries the document, to the address frozen with it."""
    kind, facts = await _letter(tx, invoice, printer)
    noun = "Invoice" if invoice.kind == "invoice" else "Credit note"
    attachment = {"invoice_id": show("in", invoice.id), "name": f"{noun} {invoice.number}.pdf"}
    await post(
        tx,
        kind,
        facts,
        key=f"invoice:{invoice.id.hex}",
        to=str(invoice.buyer.get("email", "")),
        about=invoice.shown_id,
        organization_id=invoice.organization_id,
        attachments=[attachment],
        now=now,
    )


async def _letter(tx: Tx, invoice: Invoice, printer: Printer) -> tuple[Kind, Facts]:
    if invoice.corrects_id is not None:
        corrected = await invoices.get(tx, invoice_id=invoice.corrects_id)
        return "credit_note_issued", _credit_note(invoice, corrected, printer)
    return "invoice_issued", _invoice(invoice, printer)


def _invoice(invoice: Invoice, printer: Printer) -> InvoiceIssued:
    return InvoiceIssued(
        who=_who(invoice, printer),
        number=invoice.number or "",
        period_from=invoice.period,
        period_until=next_month(invoice.period),
        currency=invoice.currency,
        total_nanos=invoice.total_nanos,
        amount_due_nanos=invoice.amount_due_nanos,
        credits_applied_nanos=invoice.credits_applied_nanos,
        how_to_pay=how_to_pay(invoice, printer),
        due_on=invoice.due_on,
    )


def _credit_note(note: Invoice, corrected: Invoice, printer: Printer) -> CreditNoteIssued:
    return CreditNoteIssued(
        who=_who(note, printer),
        number=note.number or "",
        corrected_invoice=corrected.number or "",
        currency=note.currency,
        amount_nanos=note.total_nanos,
        reason=note.reason,
        returned_nanos=note.amount_returned_nanos,
        effect=_effect(note, corrected),
    )


def _effect(note: Invoice, corrected: Invoice) -> str:
    """What becomes of the money, in a sentence."""
    if note.amount_returned_nanos == note.total_nanos:
        return "You had paid it already: the amount is in your credits and pays for coming usage."
    if note.amount_returned_nanos:
        return "The rest of the invoice need not be paid, and what you had paid of it is in your credits."
    if corrected.open_nanos == 0:
        return "Nothing remains to be paid on the invoice."
    return "The amount due on the invoice is lower by this amount."


def _who(invoice: Invoice, printer: Printer) -> Correspondents:
    seller, buyer = invoice.seller, invoice.buyer
    return Correspondents(
        seller=str(seller.get("name", "")),
        seller_address_lines=tuple(str(line) for line in seller.get("address_lines", ())),
        support_email=str(seller.get("email", "")),
        client=str(buyer.get("name", "")),
        country=str(buyer.get("country", "US")),
        time_zone=str(buyer.get("time_zone", "UTC")),
        portal_url=printer.public_url,
    )

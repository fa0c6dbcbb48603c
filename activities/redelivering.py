"""Sending what was not sent yet: an invoice whose run was cancelled, a credit note whose delivery was."""

from uuid import UUID

from activities import credit_notes
from db import audit, invoices
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.errors import WrongState
from domain.invoice.record import Invoice


async def deliver_again(tx: Tx, *, invoice_id: UUID, actor: Actor) -> Invoice:
    """Wants the document rendered, mailed and collected; what of it was done before is not done twice.

    Raises:
        NotFound: there is no such document.
        WrongState: it is a draft, was taken back unseen, or corrects an invoice that the client was not sent.
    """
    document = await invoices.get(tx, invoice_id=invoice_id)
    if document.state == "draft":
        raise WrongState("The invoice is a draft; release it in its billing run", state=document.state)
    _require_valid(document)
    if document.corrects_id is not None:
        await _require_sent(tx, document.corrects_id)
    await credit_notes.deliver(tx, document, actor=actor, again=True)
    entry = Entry("invoice.deliver", "invoice", document.shown_id, document.organization_id)
    await audit.append(tx, [entry], actor=actor)
    return document


def _require_valid(document: Invoice) -> None:
    if document.state == "void" and document.delivered_at is None:
        raise WrongState(
            f"{document.number} was taken back before the client saw it: neither it nor its credit note is sent",
            state=document.state,
        )


async def _require_sent(tx: Tx, corrected_id: UUID) -> None:
    corrected = await invoices.get(tx, invoice_id=corrected_id)
    _require_valid(corrected)
    if corrected.delivered_at is None:
        raise WrongState(
            f"The client was not sent {corrected.number}, which it corrects: send that, and this goes with it",
            state=corrected.state,
        )

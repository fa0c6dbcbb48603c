"""The table of a document: its lines and the sums below them."""

from typing import Any

from domain.documents import DocumentLine, InvoiceDocument
from gateways.pdf.writer import Writer

Facts = dict[str, Any]


def line_of(line: DocumentLine, writer: Writer) -> Facts:
    """One row of the table."""
    priced = line.unit_price_nanos is not None
    return {
        "description": line.description,
        "quantity": writer.quantity(line.quantity),
        "unit": line.unit,
        "price": writer.price(line.unit_price_nanos) if line.unit_price_nanos is not None else "",
        "per": _per(line, writer) if priced else "",
        "amount": writer.money(line.amount_nanos),
        "adjustment": line.adjustment,
    }


def _per(line: DocumentLine, writer: Writer) -> str:
    if line.priced_per == 1:
        return ""
    if line.priced_per == 1_000_000:
        return "per million"
    return f"per {writer.quantity(line.priced_per)}"


def sums_of(document: InvoiceDocument, writer: Writer) -> list[Facts]:
    """The rows below the table; the last one stands out."""
    rows = []
    if document.discount_nanos or document.taxes:
        rows.append(_sum("Subtotal", writer.money(document.subtotal_nanos)))
    if document.discount_nanos:
        rows.append(_sum(document.discount_label, writer.money(-document.discount_nanos)))
    rows += [
        _sum(
            f"{tax.name} {writer.percent(tax.rate)} on {writer.money(tax.base_nanos)}",
            writer.money(tax.amount_nanos),
        )
        for tax in document.taxes
    ]
    if document.kind == "credit_note":
        rows.append(_sum("Total credited", writer.money(document.total_nanos), strong=True))
        if document.returned_nanos:
            rows.append(_sum("Added to your credits", writer.money(document.returned_nanos)))
        return rows
    rows.append(_sum("Total", writer.money(document.total_nanos)))
    if document.credits_applied_nanos:
        rows.append(_sum("Paid from credits", writer.money(-document.credits_applied_nanos)))
    return [*rows, _sum("Amount due", writer.money(document.amount_due_nanos), strong=True)]


def _sum(label: str, amount: str, *, strong: bool = False) -> Facts:
    return {"label": label, "amount": amount, "strong": strong}

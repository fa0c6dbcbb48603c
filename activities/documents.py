"""What an invoice or credit note shows when it is printed, from the facts frozen with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.documents import (
    BankTransfer,
    Buyer,
    CardOnFile,
    DocumentLine,
    DocumentTax,
    HowToPay,
    InvoiceDocument,
    NothingToPay,
    PaymentLink,
    Seller,
)
from domain.invoice.record import Facts, Invoice, InvoiceLine
from domain.payment_link import payment_token
from domain.period import next_month
from domain.tax import show_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """What printing needs beside the invoice: where the payment page is, the secret of its links, and the logo."""

    public_url: str
    link_secret: str
    logo: bytes | None = None

    def payment_url(self, invoice_id: UUID) -> str:
        """The page on which an invoice can be paid."""
        return f"{self.public_url}/pay/{payment_token(invoice_id, self.link_secret)}"


def issued_on(invoice: Invoice) -> date:
    """The calendar day on which it was issued, in the client's zone."""
    zone = ZoneInfo(str(invoice.buyer.get("time_zone", "UTC")))
    return (invoice.finalized_at or invoice.created_at).astimezone(zone).date()


def how_to_pay(invoice: Invoice, printer: Printer) -> HowToPay:
    """What the client is asked to do, by the way of paying chosen when the invoice was made."""
    if invoice.amount_due_nanos == 0:
        covered = "Your prepaid credits covered the whole amount."
        return NothingToPay(covered if invoice.credits_applied_nanos else "Nothing is due on this invoice.")
    if invoice.buyer.get("collection_method") == "bank_transfer":
        return BankTransfer(_texts(invoice.seller, "bank_details"), invoice.number or "")
    brand, separator, last4 = str(invoice.buyer.get("payment_method", "")).partition(" •••• ")
    url = printer.payment_url(invoice.id)
    return CardOnFile(brand, last4, url) if separator else PaymentLink(url)


def document_of(
    invoice: Invoice, lines: Sequence[InvoiceLine], printer: Printer, *, corrected_number: str | None = None
) -> InvoiceDocument:
    """Everything that is printed; the same facts give the same document."""
    note = invoice.kind == "credit_note"
    return InvoiceDocument(
        kind=invoice.kind,
        number=invoice.number or "",
        issued_on=issued_on(invoice),
        due_on=invoice.due_on,
        period_from=invoice.period,
        period_until=next_month(invoice.period),
        seller=_seller(invoice.seller, printer),
        buyer=_buyer(invoice.buyer),
        currency=invoice.currency,
        lines=tuple(_line(line) for line in lines),
        subtotal_nanos=invoice.subtotal_nanos,
        discount_nanos=invoice.discount_nanos,
        discount_label=_discount_label(invoice.discount_snapshot),
        taxes=_taxes(invoice),
        total_nanos=invoice.total_nanos,
        credits_applied_nanos=invoice.credits_applied_nanos,
        returned_nanos=invoice.amount_returned_nanos if note else 0,
        amount_due_nanos=0 if note else invoice.amount_due_nanos,
        how_to_pay=NothingToPay("") if note else how_to_pay(invoice, printer),
        corrected_invoice=corrected_number,
        reason=invoice.reason,
    )


def _seller(facts: Facts, printer: Printer) -> Seller:
    return Seller(
        name=str(facts.get("name", "")),
        address_lines=_texts(facts, "address_lines"),
        country=str(facts.get("country", "US")),
        tax_id=str(facts.get("tax_id", "")) or None,
        email=str(facts.get("email", "")) or None,
        legal_text=str(facts.get("legal_text", "")),
        bank_details=_texts(facts, "bank_details"),
        logo=printer.logo,
    )


def _buyer(facts: Facts) -> Buyer:
    return Buyer(
        name=str(facts.get("name", "")),
        address_lines=_texts(facts, "address_lines"),
        country=str(facts.get("country", "US")),
        tax_id=str(facts.get("tax_id", "")) or None,
        email=str(facts.get("email", "")) or None,
    )


def _line(line: InvoiceLine) -> DocumentLine:
    return DocumentLine(
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        amount_nanos=line.amount_nanos,
        unit_price_nanos=None if line.kind == "credit" else line.unit_price_nanos,
        priced_per=line.priced_per,
        adjustment=line.kind == "adjustment",
    )


def _taxes(invoice: Invoice) -> tuple[DocumentTax, ...]:
    facts = invoice.tax_snapshot
    if not facts or facts.get("exempt") or not facts.get("name"):
        return ()
    tax = DocumentTax(
        name=str(facts["name"]),
        rate=Decimal(show_percent(int(facts["rate_ppm"]))),
        base_nanos=int(facts["base_nanos"]),
        amount_nanos=invoice.tax_nanos,
    )
    return (tax,)


def _discount_label(facts: Facts | None) -> str:
    return f"Discount {show_percent(int(facts['rate_ppm']))}%" if facts else "Discount"


def _texts(facts: Facts, name: str) -> tuple[str, ...]:
    return tuple(str(text) for text in facts.get(name, ()))

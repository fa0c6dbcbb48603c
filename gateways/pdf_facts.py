"""What the template of an invoice shows: amounts, days and sentences as the client reads them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel import Locale

from domain.documents import (
    BankTransfer,
    Buyer,
    CardOnFile,
    DocumentLine,
    InvoiceDocument,
    NothingToPay,
    PaymentLink,
    Seller,
)
from gateways import formats

US_LETTER_COUNTRIES = frozenset(
    ["BO", "CA", "CL", "CO", "CR", "DO", "GT", "HN", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"]
)
WATERMARKED = frozenset({"PREVIEW", "VOID"})
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one document's values for its reader."""

    currency: str
    locale: Locale

    def money(self, amount_nanos: int) -> str:
        return formats.money(amount_nanos, self.currency, self.locale)

    def price(self, amount_nanos: int) -> str:
        return formats.price(amount_nanos, self.currency, self.locale)

    def day(self, value: date) -> str:
        return formats.day(value, self.locale)


def facts_of(document: InvoiceDocument) -> Facts:
    """The template's input: strings, lists and numbers only, in a fixed order."""
    writer = _Writer(document.currency, formats.locale_for(document.buyer.country))
    noun = "Invoice" if document.kind == "invoice" else "Credit note"
    issued = document.issued_on
    return {
        "title": f"{noun} {document.number}".strip(),
        "description": f"{noun} of {document.seller.name} for {document.buyer.name}",
        "date": [issued.year, issued.month, issued.day],
        "region": document.buyer.country.upper(),
        "paper": "us-letter" if document.buyer.country.upper() in US_LETTER_COUNTRIES else "a4",
        "watermark": document.mark if document.mark in WATERMARKED else "",
        "heading": noun,
        "mark": document.mark,
        "seller-title": "From",
        "buyer-title": "Bill to" if document.kind == "invoice" else "Credit to",
        "seller": _party(document.seller),
        "buyer": _party(document.buyer),
        "facts": _details(document, writer),
        "headline": _headline(document, writer),
        "subline": _subline(document),
        "lines": [_line(line, writer) for line in document.lines],
        "sums": _sums(document, writer),
        "payment": _payment(document, writer),
        "notes": list(document.notes),
        "footer": document.seller.legal_text or _imprint(document.seller),
        **({"logo": list(document.seller.logo)} if document.seller.logo else {}),
    }


def _party(party: Seller | Buyer) -> Facts:
    tax_id = [f"Tax ID {party.tax_id}"] if party.tax_id else []
    email = [party.email] if party.email else []
    country = Locale("en").territories.get(party.country.upper(), party.country)
    return {"name": party.name, "lines": [*party.address_lines, country, *tax_id, *email]}


def _imprint(seller: Seller) -> str:
    return " · ".join([seller.name, *seller.address_lines])


def _details(document: InvoiceDocument, writer: _Writer) -> list[list[str]]:
    last_day = document.period_until - timedelta(days=1)
    rows = [
        ["Number", document.number or "Not yet given"],
        ["Issued", writer.day(document.issued_on)],
        ["Period from", writer.day(document.period_from)],
        ["Period to", writer.day(last_day)],
    ]
    if document.due_on and _is_due(document):
        rows.append(["Due", writer.day(document.due_on)])
    if document.corrected_invoice:
        rows.append(["Corrects invoice", document.corrected_invoice])
    return rows


def _is_due(document: InvoiceDocument) -> bool:
    return document.kind == "invoice" and document.mark != "VOID" and document.amount_due_nanos != 0


def _headline(document: InvoiceDocument, writer: _Writer) -> str:
    if document.kind == "credit_note":
        return f"{writer.money(document.total_nanos)} credited"
    if not _is_due(document):
        return "Nothing to pay"
    due = f"{writer.money(document.amount_due_nanos)} due"
    return f"{due} {writer.day(document.due_on)}" if document.due_on else due


def _subline(document: InvoiceDocument) -> str:
    if document.mark == "PREVIEW":
        return "A preview: not yet an invoice, amounts may still change."
    if document.mark == "VOID":
        return "This invoice is void and need not be paid."
    if document.kind == "credit_note":
        return f"For invoice {document.corrected_invoice}. {document.reason}".strip()
    if isinstance(document.how_to_pay, NothingToPay):
        return document.how_to_pay.reason
    return ""


def _line(line: DocumentLine, writer: _Writer) -> Facts:
    priced = line.unit_price_nanos is not None
    return {
        "description": line.description,
        "detail": line.detail,
        "quantity": formats.quantity(line.quantity, writer.locale),
        "unit": line.unit,
        "price": writer.price(line.unit_price_nanos) if line.unit_price_nanos is not None else "",
        "per": _per(line, writer) if priced else "",
        "amount": writer.money(line.amount_nanos),
        "adjustment": line.adjustment,
    }


def _per(line: DocumentLine, writer: _Writer) -> str:
    if line.priced_per == 1:
        return ""
    if line.priced_per == 1_000_000:
        return "per million"
    return f"per {formats.quantity(line.priced_per, writer.locale)}"


def _sums(document: InvoiceDocument, writer: _Writer) -> list[Facts]:
    rows = []
    if document.discount_nanos or document.taxes:
        rows.append(_sum("Subtotal", writer.money(document.subtotal_nanos)))
    if document.discount_nanos:
        rows.append(_sum(document.discount_label, writer.money(-document.discount_nanos)))
    rows += [
        _sum(
            f"{tax.name} {formats.percent(tax.rate, writer.locale)} on {writer.money(tax.base_nanos)}",
            writer.money(tax.amount_nanos),
            note=tax.note,
        )
        for tax in document.taxes
    ]
    if document.kind == "credit_note":
        return [*rows, _sum("Total credited", writer.money(document.total_nanos), strong=True)]
    rows.append(_sum("Total", writer.money(document.total_nanos)))
    if document.credits_applied_nanos:
        rows.append(_sum("Paid from credits", writer.money(-document.credits_applied_nanos)))
    return [*rows, _sum("Amount due", writer.money(document.amount_due_nanos), strong=True)]


def _sum(label: str, amount: str, *, note: str = "", strong: bool = False) -> Facts:
    return {"label": label, "amount": amount, "note": note, "strong": strong}


def _payment(document: InvoiceDocument, writer: _Writer) -> Facts:
    if not _is_due(document):
        return _pay("")
    match document.how_to_pay:
        case CardOnFile(brand, last4, url):
            text = f"We will charge your {brand} card ending in {last4}; there is nothing for you to do."
            return _pay("Payment", text + (" To pay in another way, go to" if url else ""), link=url)
        case BankTransfer(instructions, reference):
            text = f"Please transfer {writer.money(document.amount_due_nanos)} and quote the reference."
            facts = [_labelled(line) for line in instructions]
            return _pay("Pay by bank transfer", text, [*facts, ["Reference", reference]])
        case PaymentLink(url):
            return _pay("Pay online", "Pay by card or bank account at", link=url)
        case NothingToPay():
            return _pay("")


def _pay(title: str, text: str = "", facts: list[list[str]] | None = None, link: str | None = None) -> Facts:
    return {"title": title, "text": text, "facts": facts or [], "link": link or ""}


def _labelled(line: str) -> list[str]:
    label, separator, value = line.partition(": ")
    return [label, value] if separator else ["", line]

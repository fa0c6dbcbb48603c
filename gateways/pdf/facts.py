"""What the template of an invoice shows: amounts, days and sentences as the client reads them."""

from datetime import timedelta

from babel import Locale

from domain.documents import (
    BankTransfer,
    Buyer,
    CardOnFile,
    InvoiceDocument,
    NothingToPay,
    PaymentLink,
    Seller,
)
from gateways import formats
from gateways.pdf.logo import svg_of
from gateways.pdf.rows import Facts, line_of, sums_of
from gateways.pdf.writer import Writer

US_LETTER_COUNTRIES = frozenset(
    ["BO", "CA", "CL", "CO", "CR", "DO", "GT", "HN", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"]
)


def facts_of(document: InvoiceDocument) -> Facts:
    """The template's input: strings, lists and numbers only, in a fixed order."""
    writer = Writer(document.currency, formats.locale_for(document.buyer.country))
    noun = "Invoice" if document.kind == "invoice" else "Credit note"
    issued = document.issued_on
    return {
        "title": f"{noun} {document.number}".strip(),
        "description": f"{noun} of {document.seller.name} for {document.buyer.name}",
        "date": [issued.year, issued.month, issued.day],
        "region": document.buyer.country.upper(),
        "paper": "us-letter" if document.buyer.country.upper() in US_LETTER_COUNTRIES else "a4",
        "heading": noun,
        "seller-title": "From",
        "buyer-title": "Bill to" if document.kind == "invoice" else "Credit to",
        "seller": _party(document.seller),
        "buyer": _party(document.buyer),
        "facts": _details(document, writer),
        "headline": _headline(document, writer),
        "subline": _subline(document),
        "lines": [line_of(line, writer) for line in document.lines],
        "sums": sums_of(document, writer),
        "payment": _payment(document, writer),
        "logo": svg_of(document.seller.logo),
        "footer": document.seller.legal_text or _imprint(document.seller),
    }


def _party(party: Seller | Buyer) -> Facts:
    tax_id = [f"Tax ID {party.tax_id}"] if party.tax_id else []
    email = [party.email] if party.email else []
    country = Locale("en").territories.get(party.country.upper(), party.country)
    lines = [*party.address_lines, country, *tax_id, *email]
    return {"name": party.name, "lines": [line for line in lines if line]}


def _imprint(seller: Seller) -> str:
    return " · ".join([seller.name, *seller.address_lines])


def _details(document: InvoiceDocument, writer: Writer) -> list[list[str]]:
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
    return document.kind == "invoice" and document.amount_due_nanos != 0


def _headline(document: InvoiceDocument, writer: Writer) -> str:
    if document.kind == "credit_note":
        return f"{writer.money(document.total_nanos)} credited"
    if not _is_due(document):
        return "Nothing to pay"
    due = f"{writer.money(document.amount_due_nanos)} due"
    return f"{due} {writer.day(document.due_on)}" if document.due_on else due


def _subline(document: InvoiceDocument) -> str:
    if document.kind == "credit_note":
        return f"For invoice {document.corrected_invoice}. {document.reason}".strip()
    if isinstance(document.how_to_pay, NothingToPay):
        return document.how_to_pay.reason
    return ""


def _payment(document: InvoiceDocument, writer: Writer) -> Facts:
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

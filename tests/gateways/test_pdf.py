"""Invoices and credit notes as PDF: what the client reads, on which paper, and with which guarantees."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from domain.documents import Buyer, InvoiceDocument
from gateways.pdf import page_count, render_invoice
from tests.gateways.documents import AMERICAN, CREDIT_NOTE, LONG, PREPAID, SELLER, SMALL

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def pages(document: InvoiceDocument) -> list[str]:
    """The text of each page, white space evened out, as a reader would copy it."""
    reader = PdfReader(io.BytesIO(render_invoice(document)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_an_american_client_gets_us_letter_and_american_amounts() -> None:
    reader = PdfReader(io.BytesIO(render_invoice(SMALL)))
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == (612, 792)
    assert "$2.50 due November 15, 2026" in pages(SMALL)[0]
    assert "$1.25 per million" in pages(SMALL)[0]


def test_a_german_client_gets_a4_and_european_amounts() -> None:
    reader = PdfReader(io.BytesIO(render_invoice(LONG)))
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)
    assert "238,00\xa0€ due 15 November 2026".replace("\xa0", " ") in pages(LONG)[0]


def test_a_long_invoice_repeats_the_table_head_and_counts_its_pages() -> None:
    texts = pages(LONG)
    assert page_count(render_invoice(LONG)) == len(texts) >= 3
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
    assert all("Description Quantity Unit price Amount" in text for text in texts[:-1])


def test_discount_tax_adjustment_and_bank_details_are_shown() -> None:
    text = " ".join(pages(LONG))
    for shown in (
        "Loyalty discount",
        "-50,00",
        "VAT 19% on",
        "Adjustment",
        "110000000",
        "Reference",
    ):
        assert shown in text


def test_prepaid_usage_is_settled_from_credits_and_asks_for_nothing() -> None:
    text = pages(PREPAID)[0]
    assert "Nothing to pay" in text
    assert "Paid from credits -$2.50" in text
    assert "Amount due $0.00" in text


def test_a_credit_note_names_the_invoice_it_corrects() -> None:
    text = pages(CREDIT_NOTE)[0]
    assert "Credit note" in text
    assert "For invoice BO-000042. Degraded service." in text
    assert "Total credited $2.50" in text
    assert "Added to your credits $2.50" in text


def test_facts_are_text_and_never_markup() -> None:
    name = '#panic("x") *bold* ] $1+1$ \\ ` <label> @ref {curly} "quote" // 🚀 株式会社'
    text = pages(replace(SMALL, buyer=replace(AMERICAN, name=name)))[0]
    for part in ('#panic("x")', "*bold*", "] $1+1$", "<label>", "{curly}", "//", "株式会社"):
        assert part in text


def test_a_sign_in_no_font_still_gives_an_invoice() -> None:
    assert "$2.50 due" in pages(replace(SMALL, buyer=replace(AMERICAN, name="Pharaoh \U00013000 Ltd")))[0]


def test_a_client_without_address_still_gets_an_invoice() -> None:
    assert "$2.50 due" in pages(replace(SMALL, buyer=Buyer(name="X", address_lines=(), country="")))[0]


def test_the_same_facts_give_the_same_bytes_from_any_thread() -> None:
    with ThreadPoolExecutor(4) as threads:
        rendered = set(threads.map(render_invoice, [SMALL] * 8))
    assert rendered == {render_invoice(SMALL)}


def test_it_is_archivable_accessible_and_titled() -> None:
    reader = PdfReader(io.BytesIO(render_invoice(SMALL)))
    catalog = cast("DictionaryObject", reader.trailer["/Root"].get_object())
    metadata = cast("StreamObject", catalog["/Metadata"].get_object()).get_data().decode()
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice BO-000042"
    assert reader.metadata.author == SELLER.name
    assert str(catalog["/Lang"]).startswith("en")
    assert "<pdfuaid:part>1" in metadata
    assert "<pdfaid:part>3" in metadata


@pytest.mark.parametrize("logo", [SVG, PNG])
def test_the_sellers_logo_and_legal_text_are_printed(logo: bytes) -> None:
    seller = replace(SELLER, logo=logo, legal_text="Registered in Delaware")
    document = replace(SMALL, seller=seller)
    assert "Registered in Delaware" in pages(document)[0]
    assert SELLER.name in pages(replace(document, seller=replace(seller, logo=None)))[0]
    assert render_invoice(document) != render_invoice(replace(SMALL, seller=replace(seller, logo=None)))

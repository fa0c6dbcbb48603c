"""Invoices and credit notes as PDF, set by Typst from vendored fonts.

The facts reach the template as one JSON text, never as markup. The same facts give the same bytes: no clock,
no system fonts, no network. Files are PDF/A-3a and PDF/UA-1, so that they can be archived and read aloud.
"""

import json
import re
import threading
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import cast

import typst

from domain.documents import InvoiceDocument
from gateways.pdf.facts import facts_of

TEMPLATES = Path(__file__).parent.parent / "pdf_templates"
STANDARDS: "list[typst.PDFStandard]" = ["a-3a", "ua-1"]
_PAGE_TREE = re.compile(rb"/Type\s*/Pages\b[^>]*/Count\s+(\d+)")
_own = threading.local()


def render_invoice(document: InvoiceDocument) -> bytes:
    """The PDF of an invoice or credit note; safe to call from many threads at once.

    A compiler is kept for each thread. Signs that no vendored font has are shown as boxes in a plain PDF,
    because the archival standard forbids them.
    """
    text = json.dumps(facts_of(document), ensure_ascii=False)
    issued = datetime.combine(document.issued_on, time(), UTC)
    try:
        return _compile(text, issued, STANDARDS)
    except typst.TypstError as error:
        if "could not be displayed with font" not in str(error):
            raise
        return _compile(text, issued, [])


def page_count(pdf: bytes) -> int:
    """How many pages a PDF made here has."""
    pages = _PAGE_TREE.search(pdf)
    if pages is None:
        raise ValueError("not a PDF made by render_invoice")
    return int(pages[1])


def _compile(facts: str, issued: datetime, standards: "list[typst.PDFStandard]") -> bytes:
    pdf = _compiler().compile(
        format="pdf", sys_inputs={"document": facts}, pdf_standards=standards, timestamp=issued
    )
    return cast("bytes", pdf)


def _compiler() -> typst.Compiler:
    compiler = getattr(_own, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(
            str(TEMPLATES / "document.typ"),
            root=str(TEMPLATES),
            font_paths=_fonts(),
            ignore_system_fonts=True,
        )
        _own.compiler = compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    folder = str(TEMPLATES / "fonts")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])

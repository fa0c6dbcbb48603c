"""Explain this charge: line → records → price version, discount, tax rule, postings, in one call or one CSV."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.explain_shapes import RECORD_COLUMNS, ExplainedLine, Explanation, LineRecords, ShownRecord
from api.invoices import InvoiceInPath, visible
from api.paging import Pages
from api.routing import new_router
from api.security import Principal, Transaction, database_of, needs
from db import explain, invoice_lines, invoices, postings
from db.engine import Database, Tx
from db.invoices import Filters
from domain.errors import Invalid
from domain.ids import read
from domain.invoice.explanation import ExplainedRecord, GroupKey, group_of
from domain.invoice.record import Invoice, InvoiceLine
from domain.portable import csv_cells

router = new_router(prefix="/v1/invoices", tag="invoices")
Reader = Annotated[Principal, Depends(needs("invoices:read"))]
_NOTES = 500


@router.get("/{invoice_id}/explain", response_model=Explanation | LineRecords)
async def explain_invoice(
    invoice_id: InvoiceInPath,
    request: Request,
    tx: Transaction,
    pages: Pages,
    principal: Reader,
    line: Annotated[
        str | None, Query(max_length=64, description="Page through the records of one line")
    ] = None,
) -> Explanation | LineRecords | Response:
    """Every line with its records' sum, price version and share; the rules; the postings; and that all of it adds up.

    With `line` the records of that line; with `Accept: text/csv` every record of the invoice as CSV.
    """
    invoice = await visible(tx, invoice_id, principal)
    if "text/csv" in request.headers.get("accept", ""):
        return _download(invoice, database_of(request))
    async with database_of(request).begin() as house:
        if line is not None:
            return await _records(house, invoice, read("line", line), pages.cursor, pages.limit)
        return await _explanation(house, invoice)


@router.get("/{invoice_id}/explain.csv")
async def explain_csv(
    invoice_id: InvoiceInPath, request: Request, tx: Transaction, principal: Reader
) -> StreamingResponse:
    """Every record of the invoice with its line, price version, amounts by kind of token, and ledger entry."""
    return _download(await visible(tx, invoice_id, principal), database_of(request))


async def _explanation(house: Tx, invoice: Invoice) -> Explanation:
    """Read with the rights of the house: the invoice was shown to be the reader's own before."""
    lines = await invoice_lines.of_invoice(house, invoice_id=invoice.id)
    groups = await explain.groups(house, invoice) if invoice.covers_until else {}
    ids = {line.price_id for line in lines if line.price_id is not None}
    versions = await explain.price_versions(house, price_ids=ids)
    notes = await invoices.list_page(house, filters=Filters(corrects_id=invoice.id), after=None, limit=_NOTES)
    moved = await postings.list_subject(house, subject_id=invoice.shown_id)
    for note in notes:
        moved += await postings.list_subject(house, subject_id=note.shown_id)
    explained = [ExplainedLine.with_records(line, groups.get(group_of(line)), versions) for line in lines]
    return Explanation.of(invoice, lines, explained, list(groups.values()), moved)


async def _records(house: Tx, invoice: Invoice, line_id: UUID, cursor: str | None, limit: int) -> LineRecords:
    line = await invoice_lines.get(house, invoice_id=invoice.id, line_id=line_id)
    if not line.measure:
        raise Invalid("line: this line has no usage records; it is not a line of usage")
    found = await explain.records(house, invoice, group=group_of(line), after=_place(cursor), limit=limit + 1)
    return LineRecords.of(line, found, limit)


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, separator, record_id = cursor.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not separator:
        raise Invalid("cursor: this is not a cursor of this list; begin without one")
    return moment, record_id


def _download(invoice: Invoice, database: Database) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="usage-{invoice.shown_id}.csv"'}
    return StreamingResponse(_csv(invoice, database), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(invoice: Invoice, database: Database) -> AsyncIterator[str]:
    yield ",".join(RECORD_COLUMNS) + "\r\n"
    async with database.begin() as house:
        lines = await invoice_lines.of_invoice(house, invoice_id=invoice.id)
        positions = _positions(lines)
        async for record in explain.walk(house, invoice):
            buffer = io.StringIO()
            csv.writer(buffer).writerow(csv_cells(_row(record, positions)))
            yield buffer.getvalue()


def _positions(lines: list[InvoiceLine]) -> dict[GroupKey, list[int]]:
    """Where on the invoice the records of a group are."""
    found: dict[GroupKey, list[int]] = {}
    for line in lines:
        found.setdefault(group_of(line), []).append(line.position)
    return found


def _row(record: ExplainedRecord, positions: dict[GroupKey, list[int]]) -> list[object]:
    key = (record.usage_month, record.provider, record.model, record.meter, record.price_id)
    where = " ".join(str(position) for position in positions.get(key, []))
    facts = ShownRecord.of(record).model_dump(mode="json")
    return [where, *(facts[name] for name in RECORD_COLUMNS[1:])]

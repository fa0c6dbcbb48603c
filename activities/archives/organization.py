"""What an organization's archive holds: everything it gave us and everything we know of it, without secrets."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from activities.archives import organization_lists as lists
from activities.archives.archive import File, Pieces
from activities.archives.writing import bytes_file, csv_file, json_file
from db import (
    audit,
    billing_profiles,
    invoice_documents,
    invoice_lines,
    invoices,
    organizations,
    statements,
    wallets,
)
from db.engine import Tx
from db.erasing import organizations as erasing
from db.usage import records
from domain.audit import to_line
from domain.invoice.record import Invoice
from domain.money import format_amount
from domain.portable import portable
from domain.usage import UsageFilters

# Files but those of invoices, of which there may be any number.
FIXED = 6 + lists.FIXED
_PORTION = 200
_USAGE = (
    "id",
    "occurred_at",
    "received_at",
    "project_id",
    "api_key_id",
    "bot_id",
    "end_user",
    "provider",
    "model",
    "environment",
    "state",
    "status",
    "error",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "duration_ms",
    "meter",
    "quantity_micros",
    "currency",
    "amount",
    "price_id",
    "posting_id",
    "billed_in",
)
_MOVEMENT = ("posting_id", "entry_id", "posted_at", "cause", "subject_id", "kind", "amount", "balance")


async def files(tx: Tx, organization_id: UUID) -> AsyncIterator[File]:
    """Every file, one after the other; the transaction shows this organization only."""
    yield await _description(tx, organization_id)
    yield await _statement(tx, organization_id)
    async for file in lists.files(tx, organization_id):
        yield file
    yield csv_file(
        "wallet-statement.csv", "Movements of the wallet", _MOVEMENT, _movements(tx, organization_id)
    )
    yield csv_file("usage.csv", "Usage records", _USAGE, _usage(tx, organization_id))
    yield File("audit.ndjson", "Audit log, provable offline", _audit(tx, organization_id))
    async for file in _invoices(tx, organization_id):
        yield file


async def _description(tx: Tx, organization_id: UUID) -> File:
    organization = await organizations.get(tx, organization_id=organization_id)
    profile = await billing_profiles.get(tx, organization_id=organization_id)
    facts = portable(organization, prefix="org") | {
        "billing_profile": portable(profile, but={"organization_id"})
    }
    return json_file("organization.json", "Organization and billing profile", facts)


async def _statement(tx: Tx, organization_id: UUID) -> File:
    """What is still open on the day of the archive."""
    wallet = await wallets.get(tx, organization_id=organization_id)
    money = await erasing.money(tx, organization_id=organization_id, unsent=False)
    facts = {
        "currency": money.currency,
        "wallet_balance": format_amount(wallet.balance_nanos),
        "open_invoices": money.open_invoices,
        "open_amount": format_amount(money.open_nanos),
    }
    return json_file("statement.json", "Final statement: balances and what is open", facts)


async def _movements(tx: Tx, organization_id: UUID) -> AsyncIterator[Sequence[Sequence[object]]]:
    rows: list[list[object]] = []
    async for movement in statements.stream_movements(tx, organization_id=organization_id):
        facts = portable(movement)
        rows.append([facts[name] for name in _MOVEMENT])
        if len(rows) == _PORTION:
            yield rows
            rows = []
    yield rows


async def _usage(tx: Tx, organization_id: UUID) -> AsyncIterator[Sequence[Sequence[object]]]:
    async for portion in records.walk(tx, filters=UsageFilters(organization_id=organization_id)):
        yield [[facts[name] for name in _USAGE] for facts in (portable(record) for record in portion)]


async def _audit(tx: Tx, organization_id: UUID) -> Pieces:
    async for chunk in audit.walk(tx, filters=audit.Filters(organization_id=organization_id)):
        yield "".join(to_line(entry) for entry in chunk).encode()


async def _invoices(tx: Tx, organization_id: UUID) -> AsyncIterator[File]:
    """An index, then each invoice and credit note as JSON and, where it is rendered, as PDF."""
    index: list[dict[str, object]] = []
    after: UUID | None = None
    filters = invoices.Filters(organization_id=organization_id, delivered=True)
    while found := await invoices.list_page(tx, filters=filters, after=after, limit=_PORTION):
        lines = await invoice_lines.of_invoices(tx, invoice_ids=[invoice.id for invoice in found])
        rendered = await invoice_documents.rendered(tx, invoice_ids=[invoice.id for invoice in found])
        for invoice in found:
            index.append(
                {"number": invoice.number, "kind": invoice.kind, "total": format_amount(invoice.total_nanos)}
            )
            shown = [portable(line, prefix="line") for line in lines.get(invoice.id, [])]
            yield json_file(
                _name(invoice, "json"), "Invoice", portable(invoice, prefix="in") | {"lines": shown}
            )
            if invoice.id in rendered:
                document = await invoice_documents.get(tx, invoice_id=invoice.id)
                yield bytes_file(_name(invoice, "pdf"), "Invoice as it was sent", document.bytes)
        after = found[-1].id
    yield json_file("invoices/index.json", "Invoices and credit notes", index)


def _name(invoice: Invoice, kind: str) -> str:
    number = "".join(c if c.isalnum() or c in "-_." else "_" for c in invoice.number or invoice.id.hex)
    return f"invoices/{number}.{kind}"

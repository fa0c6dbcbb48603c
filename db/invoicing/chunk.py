"""One chunk of a billing run in one transaction: all of its organizations, or none of them."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, InternalError

from db import audit, billing_runs
from db.engine import Database, Tx
from db.invoicing import issue, lines, scope, staging, totals, usage
from db.rows import AnyRow
from domain.anomaly import AnomalyRule
from domain.audit import Actor, Entry
from domain.ids import show
from domain.invoice.record import Unbillable
from domain.money import format_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the month-end needs to know beside the facts: who issues, when it is due, what is held.

    `issuer` holds the texts printed on every invoice that are not in the legal entity's row: `legal_text`,
    `bank_details`, `email`.
    """

    payment_terms_days: int = 14
    anomaly: AnomalyRule = field(default_factory=AnomalyRule)
    issuer: dict[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Which organizations of which run; those of them that are pending are invoiced."""

    run_id: UUID
    organization_ids: tuple[UUID, ...]
    period: date
    preview: bool


async def invoice(database: Database, chunk: Chunk, *, terms: Terms, now: datetime, actor: Actor) -> None:
    """Invoices the chunk's pending organizations; who was invoiced, skipped or held before is left alone.

    Raises:
        Unbillable: the facts of one of them do not give an invoice; nothing was written.
    """
    try:
        async with database.begin() as tx:
            await _stage(tx, chunk, terms)
            await (_preview(tx, chunk) if chunk.preview else _issue(tx, chunk, terms, now, actor))
    except (DataError, IntegrityError, InternalError) as error:
        raise Unbillable(str(error.orig).splitlines()[0][:500]) from error


async def _stage(tx: Tx, chunk: Chunk, terms: Terms) -> None:
    """Computes everything into the staging tables, under the wallets' locks unless nothing is to be written."""
    await staging.prepare(tx)
    await tx.execute(text("set local work_mem = '64MB'"))
    if not chunk.preview:
        await scope.lock(tx, run_id=chunk.run_id, organization_ids=chunk.organization_ids)
    after_batch = await billing_runs.summed_until_batch(tx, run_id=chunk.run_id)
    facts = {"run_id": chunk.run_id, "period": chunk.period, "after_batch": after_batch}
    await scope.stage(tx, organization_ids=chunk.organization_ids, **facts)
    await usage.stage(tx, **facts)
    await lines.stage(tx, period=chunk.period)
    if not await totals.stage(tx, rule=terms.anomaly):
        raise Unbillable("The lines do not sum to the usage records: a record has an amount but no quantity")


async def _preview(tx: Tx, chunk: Chunk) -> None:
    await issue.preview(tx, facts={"run_id": chunk.run_id})


async def _issue(tx: Tx, chunk: Chunk, terms: Terms, now: datetime, actor: Actor) -> None:
    facts: dict[str, object] = {
        "period": chunk.period,
        "issuer": json.dumps(terms.issuer),
        "run_id": chunk.run_id,
        "now": now,
        "terms": terms.payment_terms_days,
    }
    overtaken = await issue.issue(tx, facts=facts)
    issued = (await tx.execute(issue.ISSUED)).all()
    entries = [_overtaken(row, chunk) for row in overtaken] + [_entry(row, chunk.run_id) for row in issued]
    await audit.append(tx, entries, actor=actor)


def _overtaken(row: AnyRow, chunk: Chunk) -> Entry:
    """A held draft that nobody decided about: a later month carries what was on it."""
    facts = {"run": show("run", row.run_id), "invoiced_by": show("run", chunk.run_id)}
    target = ("invoice", show("in", row.invoice_id), row.organization_id)
    return Entry("invoice.overtake", *target, after=facts | {"period": f"{chunk.period:%Y-%m}"})


def _entry(row: AnyRow, run_id: UUID) -> Entry:
    held = row.verdict == "held"
    facts = {
        "number": row.number,
        "currency": row.currency,
        "total": format_amount(row.total_nanos),
        "amount_due": format_amount(row.amount_due_nanos),
        "run": show("run", run_id),
    }
    return Entry(
        action="invoice.hold" if held else "invoice.finalize",
        target_kind="invoice",
        target_id=show("in", row.invoice_id),
        organization_id=row.organization_id,
        after=facts | ({"reason": row.reason} if held else {}),
    )

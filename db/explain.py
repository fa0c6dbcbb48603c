"""The records behind an invoice, found by the same window that the month-end invoiced.

Rates are read with the rights of the house: clients do not see the price book, but the prices they paid.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from db.rows import AnyRow
from domain.invoice.explanation import ExplainedGroup, ExplainedRecord, GroupKey
from domain.invoice.record import Invoice

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_OF_INVOICE = """
  from usage u
  cross join lateral (select date_trunc('month', u.occurred_at at time zone :zone)::date as month) m
  left join prices p on p.id = u.price_id
 where u.organization_id = :organization_id and u.state = 'priced'
   and ((u.billed_in is null and u.occurred_at >= coalesce(cast(:covers_from as timestamptz), '-infinity')
         and u.occurred_at < :covers_until)
        or (u.billed_in <= :period and u.billed_in
            >= date_trunc('month', (cast(:covers_from as timestamptz) + interval '2 days') at time zone :zone)::date))
"""
_GROUPS = text(f"""
select m.month, u.provider, u.model, u.meter, u.price_id, count(*) as records, sum(u.input_tokens) as input_tokens,
       sum(u.cached_input_tokens) as cached_input_tokens, sum(u.output_tokens) as output_tokens,
       sum(u.quantity_micros) as quantity_micros, sum(u.amount_nanos) as amount_nanos
{_OF_INVOICE}
 group by 1, 2, 3, 4, 5
""")
_RECORDS = f"""
select m.month as usage_month, u.id, u.occurred_at, u.provider, u.model, u.meter, u.price_id, u.input_tokens,
       u.cached_input_tokens, u.output_tokens, u.quantity_micros, u.amount_nanos, u.posting_id,
       coalesce(p.input_per_million_nanos, 0) as input_rate, p.cached_input_per_million_nanos as cached_rate,
       coalesce(p.output_per_million_nanos, 0) as output_rate
{_OF_INVOICE}
   and (cast(:month as date) is null or (m.month = :month and u.provider = :provider and u.model = :model
        and u.meter = :meter and u.price_id is not distinct from cast(:price_id as uuid)))
"""  # noqa: S608 — constants only
_PAGE = text(
    _RECORDS + " and (u.occurred_at, u.id) > (:after_at, :after_id) order by u.occurred_at, u.id limit :limit"
)
_PAGE_SIZE = 5_000


async def groups(tx: Tx, invoice: Invoice) -> dict[GroupKey, ExplainedGroup]:
    """The records of the invoice by month, model and price version."""
    found = {}
    for row in await tx.execute(_GROUPS, _window(invoice)):
        key = (row.month, row.provider, row.model, row.meter, row.price_id)
        sums = ("input_tokens", "cached_input_tokens", "output_tokens", "quantity_micros", "amount_nanos")
        found[key] = ExplainedGroup(
            key=key, records=row.records, **{name: int(getattr(row, name)) for name in sums}
        )
    return found


async def records(
    tx: Tx,
    invoice: Invoice,
    *,
    group: GroupKey | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[ExplainedRecord]:
    """At most `limit` records of the invoice (or of one group) after a place, in the order of time."""
    month, provider, model, meter, price_id = group or (None, "", "", "", None)
    after_at, after_id = after or (_BEGINNING, "")
    facts = {"month": month, "provider": provider, "model": model, "meter": meter, "price_id": price_id}
    place = {"after_at": after_at, "after_id": after_id, "limit": limit}
    return [_record(row) for row in await tx.execute(_PAGE, _window(invoice) | facts | place)]


async def walk(tx: Tx, invoice: Invoice) -> AsyncIterator[ExplainedRecord]:
    """Every record of the invoice, page by page."""
    after: tuple[datetime, str] | None = None
    while found := await records(tx, invoice, group=None, after=after, limit=_PAGE_SIZE):
        for record in found:
            yield record
        after = (found[-1].occurred_at, found[-1].id)


def _window(invoice: Invoice) -> dict[str, object]:
    return {
        "organization_id": invoice.organization_id,
        "zone": str(invoice.buyer.get("time_zone", "UTC")),
        "covers_from": invoice.covers_from,
        "covers_until": invoice.covers_until,
        "period": invoice.period,
    }


def _record(row: AnyRow) -> ExplainedRecord:
    return ExplainedRecord(**row._asdict())


async def price_versions(tx: Tx, *, price_ids: set[UUID]) -> dict[UUID, datetime]:
    """Since when each of these price versions holds."""
    query = text("select id, effective_at from prices where id = any (:ids)")
    return {row.id: row.effective_at for row in await tx.execute(query, {"ids": list(price_ids)})}

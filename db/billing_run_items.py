"""The frozen list of a billing run: who belongs to it, in which chunk, and what became of each."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, Select, Table, func, select, text, update

from db.engine import Tx
from db.organizations import organizations
from db.rows import AnyRow
from db.schema import BigInteger, Column, Json, Text, Uuid, metadata
from domain.billing_run import BillingRun, RunItem
from domain.errors import NotFound, WrongState

billing_run_items = Table(
    "billing_run_items",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("organization_id", Uuid, primary_key=True),
    Column("chunk", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("released", Boolean, nullable=False, server_default="false"),
    Column("invoice_id", Uuid),
    Column("currency", Text, nullable=False),
    Column("total_nanos", BigInteger),
    Column("last_month_nanos", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Column("result", Json),
    Column("zone", Text, nullable=False, server_default=""),
)
_ITEMS = billing_run_items.c
_KEPT = [column for column in billing_run_items.c if column.name != "zone"]
_PAGE = 1_000

# The canary, when there is one, is a chunk of its own: the first.
_FREEZE = text("""
insert into billing_run_items (run_id, organization_id, chunk, currency, zone)
select :run_id, id, case when place < :canary then 0 else (place - :canary) / :size + case when :canary > 0 then 1
   else 0 end end, currency, time_zone
  from (select id, currency, time_zone, row_number() over (order by id) - 1 as place from organizations
         where state <> 'deleted' and (cast(:ids as uuid[]) is null or id = any (:ids))
           and (:zone = '' or time_zone = :zone)) listed
on conflict do nothing
""")
_COUNT = text("""
select count(*) as organizations, coalesce(max(chunk) + 1, 0) as chunks
  from billing_run_items where run_id = :run_id
""")
_KEEP = text("update billing_runs set organizations = :organizations, chunks = :chunks where id = :run_id")


async def freeze(tx: Tx, run: BillingRun, *, size: int) -> tuple[int, int]:
    """Writes the list once and gives how many organizations and chunks it has; repeated, it changes nothing."""
    found = (await tx.execute(_COUNT, {"run_id": run.id})).one()
    if found.organizations == 0:
        ids = None if run.organization_ids is None else list(run.organization_ids)
        facts = {"run_id": run.id, "canary": run.canary, "size": size, "ids": ids, "zone": run.zone}
        await tx.execute(_FREEZE, facts)
        found = (await tx.execute(_COUNT, {"run_id": run.id})).one()
        counts = {"organizations": found.organizations, "chunks": found.chunks}
        await tx.execute(_KEEP, {"run_id": run.id, **counts})
    return int(found.organizations), int(found.chunks)


async def count_states(tx: Tx, *, run_id: UUID, chunk: int | None = None) -> dict[str, int]:
    """How many of a run (or of one chunk) are in which state."""
    query = (
        select(_ITEMS.state, func.count().label("organizations"))
        .where(_ITEMS.run_id == run_id)
        .group_by(_ITEMS.state)
    )
    if chunk is not None:
        query = query.where(_ITEMS.chunk == chunk)
    return {row.state: int(row.organizations) for row in await tx.execute(query)}


async def pending_of(tx: Tx, *, run_id: UUID, chunk: int) -> list[UUID]:
    """The organizations of a chunk that nothing has become of yet."""
    here = (_ITEMS.run_id == run_id, _ITEMS.chunk == chunk, _ITEMS.state == "pending")
    return list(
        (
            await tx.execute(select(_ITEMS.organization_id).where(*here).order_by(_ITEMS.organization_id))
        ).scalars()
    )


async def fail(tx: Tx, *, run_id: UUID, organization_id: UUID, reason: str) -> None:
    """Marks a pending organization as failed, with the reason a person reads."""
    here = (_ITEMS.run_id == run_id, _ITEMS.organization_id == organization_id, _ITEMS.state == "pending")
    await tx.execute(update(billing_run_items).where(*here).values(state="failed", reason=reason[:1000]))


async def lock(tx: Tx, *, run_id: UUID, organization_id: UUID) -> RunItem:
    """One organization's item, unchanged by others until the transaction ends.

    Raises:
        NotFound: the run has no such organization.
    """
    query = _shown().where(_ITEMS.run_id == run_id, _ITEMS.organization_id == organization_id)
    row = (await tx.execute(query.with_for_update(of=billing_run_items))).first()
    if row is None:
        raise NotFound("There is no such organization in this billing run")
    return _item(row)


async def release(tx: Tx, item: RunItem) -> int:
    """A held (or failed) organization is to be invoiced; gives the chunk of its own that it now is.

    Raises:
        WrongState: it is neither held nor failed.
    """
    if item.state not in ("held", "failed"):
        raise WrongState(
            f"The organization is {item.state} in this run, so there is nothing to release", state=item.state
        )
    last = select(func.max(_ITEMS.chunk) + 1).where(_ITEMS.run_id == item.run_id).scalar_subquery()
    here = (_ITEMS.run_id == item.run_id, _ITEMS.organization_id == item.organization_id)
    values = {"state": "pending", "released": True, "chunk": last, "reason": ""}
    return (
        await tx.execute(update(billing_run_items).where(*here).values(values).returning(_ITEMS.chunk))
    ).scalar_one()


async def discard(tx: Tx, item: RunItem, *, reason: str) -> None:
    """A held organization is not invoiced by this run; another run for the period may do it."""
    here = (_ITEMS.run_id == item.run_id, _ITEMS.organization_id == item.organization_id)
    values = {"state": "skipped", "reason": reason[:1000], "invoice_id": None, "total_nanos": None}
    await tx.execute(update(billing_run_items).where(*here).values(values))


async def list_page(
    tx: Tx, *, run_id: UUID, after: UUID | None, limit: int, state: str | None = None
) -> Sequence[RunItem]:
    """At most `limit` items in the order of organizations."""
    query = _shown().where(_ITEMS.run_id == run_id).order_by(_ITEMS.organization_id).limit(limit)
    if after is not None:
        query = query.where(_ITEMS.organization_id > after)
    if state is not None:
        query = query.where(_ITEMS.state == state)
    return [_item(row) for row in await tx.execute(query)]


async def walk(tx: Tx, *, run_id: UUID) -> AsyncIterator[RunItem]:
    """Every item, page by page."""
    after: UUID | None = None
    while found := await list_page(tx, run_id=run_id, after=after, limit=_PAGE):
        for item in found:
            yield item
        after = found[-1].organization_id


def _shown() -> Select[*tuple[Any, ...]]:
    joined = organizations.c.id == _ITEMS.organization_id
    return select(*_KEPT, organizations.c.name.label("organization_name")).join(organizations, joined)


def _item(row: AnyRow) -> RunItem:
    return RunItem(**row._asdict())

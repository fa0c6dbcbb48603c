"""What organizations hold and owe now, and spent since a moment that the reader chose."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from db.rows import AnyRow
from domain.account import AccountRow
from domain.organization import Organization

COLUMNS = ", ".join(f"o.{field.name}" for field in fields(Organization))
OWED = """
  cross join lateral (
    select coalesce(sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos), 0)::bigint as owed_nanos,
           count(*) filter (where state = 'past_due') as past_due
      from invoices where organization_id = o.id and kind = 'invoice' and state in ('finalized', 'past_due')) d"""
_LARGEST = """
with chosen as materialized (
  select o.id, coalesce(s.spent, 0) as spent from organizations o left join (
    select organization_id, sum(amount_nanos) as spent from usage_by_hour where hour >= :since group by 1) s
    on s.organization_id = o.id order by spent desc, o.id desc limit :most
)"""
_ONE = "with chosen as (select id, 0 as spent from organizations where id = :organization_id)"
_ROWS = f"""
select {COLUMNS}, w.balance_nanos, u.requests, u.spent_nanos, d.owed_nanos, d.past_due
  from chosen c join organizations o on o.id = c.id join wallets w on w.organization_id = o.id
  cross join lateral (
    select coalesce(sum(requests), 0)::bigint as requests, coalesce(sum(amount_nanos), 0)::bigint as spent_nanos
      from usage_by_hour where organization_id = o.id and hour >= :since) u
  {OWED}
 order by c.spent desc, o.id desc
"""  # noqa: S608 — the domain's field names


async def list_largest(tx: Tx, *, since: datetime, limit: int) -> Sequence[AccountRow]:
    """At most `limit` organizations, those first that spent most since then."""
    rows = await tx.execute(text(_LARGEST + _ROWS), {"since": since, "most": limit})
    return [account_row(row) for row in rows]


async def find(tx: Tx, *, since: datetime, organization_id: UUID) -> AccountRow | None:
    """The organization, if there is one that the transaction may see."""
    facts = {"since": since, "organization_id": organization_id}
    row = (await tx.execute(text(_ONE + _ROWS), facts)).first()
    return None if row is None else account_row(row)


def account_row(row: AnyRow) -> AccountRow:
    """A row as the domain knows it."""
    facts = row._asdict()
    own = {field.name: facts.pop(field.name) for field in fields(Organization)}
    return AccountRow(organization=Organization(**own), **facts)

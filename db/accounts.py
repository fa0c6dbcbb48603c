"""Organizations with what they hold, spend and owe, in the order in which somebody wants to see them."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Literal, cast, get_args
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from db.rows import AnyRow
from domain.account import AccountRow
from domain.errors import Invalid
from domain.organization import Organization

Sort = Literal["newest", "name", "balance", "spent", "owed"]
_ORDER: dict[Sort, str] = {
    "newest": "o.id desc",
    "name": "lower(o.name), o.id",
    "balance": "w.balance_nanos desc, o.id desc",
    "spent": "coalesce(s.spent, 0) desc, o.id desc",
    "owed": "coalesce(i.owed, 0) desc, o.id desc",
}
_SPENT = """left join (select organization_id, sum(amount_nanos) as spent from usage_by_hour where hour >= :since group by 1) s
  on s.organization_id = o.id"""
_OWED = """left join (select organization_id, sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos) as owed
  from invoices where kind = 'invoice' and state in ('finalized', 'past_due') group by 1) i on i.organization_id = o.id"""
_MATCHES = """(cast(:part as text) is null or lower(o.name) like :part or lower(o.billing_email) like :part
    or replace(o.id::text, '-', '') like :digits)
  and (cast(:state as text) is null or o.state = :state)
  and (cast(:organization_id as uuid) is null or o.id = :organization_id)"""
_COLUMNS = ", ".join(f"o.{field.name}" for field in fields(Organization))
_PAGE = """
with chosen as materialized (
  select o.id, row_number() over (order by {order}) as place
    from organizations o join wallets w on w.organization_id = o.id {join}
   where {matches} order by {order} limit :most offset :skipped
)
select {columns}, w.balance_nanos, u.requests, u.spent_nanos, d.owed_nanos, d.past_due
  from chosen c join organizations o on o.id = c.id join wallets w on w.organization_id = c.id
  cross join lateral (
    select coalesce(sum(requests), 0)::bigint as requests, coalesce(sum(amount_nanos), 0)::bigint as spent_nanos
      from usage_by_hour where organization_id = c.id and hour >= :since) u
  cross join lateral (
    select coalesce(sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos), 0)::bigint as owed_nanos,
           count(*) filter (where state = 'past_due') as past_due
      from invoices where organization_id = c.id and kind = 'invoice' and state in ('finalized', 'past_due')) d
 order by c.place
"""


async def list_page(
    tx: Tx,
    *,
    since: datetime,
    limit: int,
    skipped: int = 0,
    sort: Sort = "newest",
    search: str = "",
    state: str | None = None,
    organization_id: UUID | None = None,
) -> Sequence[AccountRow]:
    """At most `limit` organizations after `skipped` ones; what they spent is counted from `since`."""
    join = {"spent": _SPENT, "owed": _OWED}.get(sort, "")
    query = _PAGE.format(order=_ORDER[sort], join=join, matches=_MATCHES, columns=_COLUMNS)
    facts = {"since": since, "most": limit, "skipped": skipped, "state": state, **_search(search)}
    rows = await tx.execute(text(query), {**facts, "organization_id": organization_id})
    return [_account(row) for row in rows]


def sort_named(name: str) -> Sort:
    """The order of that name.

    Raises:
        Invalid: there is no such order.
    """
    if name not in get_args(Sort):
        raise Invalid(f"sort: '{name[:40]}' is none of {', '.join(get_args(Sort))}")
    return cast("Sort", name)


def _search(search: str) -> dict[str, str | None]:
    """A part of name or e-mail in any case, or the beginning of the id."""
    if not search:
        return {"part": None, "digits": None}
    part = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    digits = search.lower().removeprefix("org_")
    is_id = all(digit in "0123456789abcdef" for digit in digits)
    return {"part": f"%{part}%", "digits": f"{digits}%" if is_id and digits else ""}


def _account(row: AnyRow) -> AccountRow:
    """A row as the domain knows it."""
    facts = row._asdict()
    own = {field.name: facts.pop(field.name) for field in fields(Organization)}
    return AccountRow(organization=Organization(**own), **facts)

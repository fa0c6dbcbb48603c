"""Organizations with what they hold, spend and owe, in the order in which somebody wants to see them.

Every order ends with the id, and a page begins behind the value and the id of the last row seen: rows that come,
go or change between two pages are neither skipped nor shown twice. Amounts are compared as numbers, whatever
their currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import text

from db.account_windows import COLUMNS, OWED
from db.engine import Tx
from db.rows import AnyRow
from domain.account import Account, AccountSort
from domain.organization import Organization, Plan

_PLANS = ", ".join(f"'{plan}'" for plan in get_args(Plan))
# The value of each order, its type, and whether it begins with the largest unless asked otherwise. Ids are made in
# the order of time, so the newest need no value beside them.
_ORDERS: dict[AccountSort, tuple[str, str, bool]] = {
    "created": ("0", "integer", True),
    "name": ("lower(o.name)", "text", False),
    "credits": ("w.balance_nanos", "bigint", True),
    "spend": ("coalesce(s.thirty_days_nanos, 0)", "bigint", True),
    "month": ("coalesce(s.month_nanos, 0)", "bigint", True),
    "owed": ("coalesce(i.owed, 0)", "numeric", True),
    "plan": (f"array_position(array[{_PLANS}], o.plan)", "integer", True),
}
_JOIN_OWED = """left join (select organization_id, sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos) as owed
    from invoices where kind = 'invoice' and state in ('finalized', 'past_due') group by 1) i on i.organization_id = o.id"""
_MATCHES = """(cast(:part as text) is null or lower(o.name) like :part or lower(o.billing_email) like :part
    or replace(o.id::text, '-', '') like :digits)
  and (cast(:state as text) is null or o.state = :state)
  and (cast(:plan as text) is null or o.plan = :plan)
  and (cast(:kind as text) is null or o.kind = :kind)
  and (cast(:currency as text) is null or o.currency = :currency)"""
_PAGE = """
with chosen as materialized (
  select o.id, {value} as value, row_number() over (order by {order}) as place
    from organizations o join wallets w on w.organization_id = o.id
    left join account_sums s on s.organization_id = o.id {join}
   where {matches} and {behind} order by {order} limit :most
)
select {columns}, w.balance_nanos, coalesce(s.requests, 0) as requests, coalesce(s.thirty_days_nanos, 0) as spent_nanos,
       coalesce(s.month_nanos, 0) as month_nanos, d.owed_nanos, d.past_due, c.value::text as key
  from chosen c join organizations o on o.id = c.id join wallets w on w.organization_id = o.id
  left join account_sums s on s.organization_id = o.id
  {owed}
 order by c.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which organizations; `search` is a part of name or e-mail, or the beginning of the id."""

    search: str = ""
    state: str | None = None
    plan: str | None = None
    kind: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By what, and in which direction; None takes the order's own."""

    sort: AccountSort = "created"
    direction: Literal["asc", "desc"] | None = None

    @property
    def descends(self) -> bool:
        """Whether the largest comes first."""
        return _ORDERS[self.sort][2] if self.direction is None else self.direction == "desc"


async def list_page(
    tx: Tx, *, limit: int, filters: Filters, order: Order, after: tuple[str, UUID] | None = None
) -> Sequence[Account]:
    """At most `limit` organizations behind the one with that value and id."""
    value, kind, _ = _ORDERS[order.sort]
    way, beyond = ("desc", "<") if order.descends else ("asc", ">")
    by_value = f"{value} {way}, " if order.sort != "created" else ""
    query = _PAGE.format(
        value=value,
        order=f"{by_value}o.id {way}",
        join=_JOIN_OWED if order.sort == "owed" else "",
        matches=_MATCHES,
        behind=f"({value}, o.id) {beyond} (cast(:value as {kind}), cast(:id as uuid))" if after else "true",
        columns=COLUMNS,
        owed=OWED,
    )
    facts = {name: getattr(filters, name) for name in Filters.__slots__ if name != "search"}
    facts |= {"most": limit, **_search(filters.search)}
    facts |= {"value": after[0], "id": after[1]} if after else {}
    return [_account(row) for row in await tx.execute(text(query), facts)]


def _search(search: str) -> dict[str, str | None]:
    """A part of name or e-mail in any case, or the beginning of the id."""
    if not search:
        return {"part": None, "digits": None}
    part = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    digits = search.lower().removeprefix("org_")
    is_id = all(digit in "0123456789abcdef" for digit in digits)
    return {"part": f"%{part}%", "digits": f"{digits}%" if is_id and digits else ""}


def _account(row: AnyRow) -> Account:
    """A row as the domain knows it."""
    facts = row._asdict()
    own = {field.name: facts.pop(field.name) for field in fields(Organization)}
    return Account(organization=Organization(**own), **facts)

"""Charges that brought no money: how many, why, and for how many of them the invoice is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from db.engine import Tx

_FAILURES = text("""
select p.currency, p.decline_code, count(*) as charges, count(distinct p.organization_id) as organizations,
       sum(p.amount_nanos)::bigint as amount_nanos, max(p.updated_at) as last_at,
       count(distinct p.invoice_id) filter (where i.state in ('finalized', 'past_due')) as open_invoices
  from payments p join invoices i on i.id = p.invoice_id
 where p.state = 'failed' and p.updated_at >= :since
 group by 1, 2 order by count(*) desc, 1, 2
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failed charges with one decline code in one currency; `open_invoices` of theirs are unpaid now."""

    currency: str
    decline_code: str
    charges: int
    organizations: int
    amount_nanos: int
    last_at: datetime
    open_invoices: int


async def since(tx: Tx, *, at: datetime) -> Sequence[Failures]:
    """Charges that failed from a time on, by why; the most frequent first."""
    return [Failures(**row._asdict()) for row in await tx.execute(_FAILURES, {"since": at})]

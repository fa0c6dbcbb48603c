"""What a selection of usage records comes to, as far as it can be summed while somebody waits."""

from dataclasses import dataclass

from sqlalchemy import func, select

from db.engine import Tx
from db.usage.records import conditions
from db.usage.table import usage
from db.wallets import wallets
from domain.usage import UsageFilters

MOST = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of the newest `MOST` records at most; `complete` tells whether that is all of them.

    `amounts` are nanos by currency, `cost_nanos` the provider's US dollars.
    """

    records: int
    quarantined: int
    errors: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    cost_nanos: int
    amounts: tuple[tuple[str, int], ...]
    complete: bool


async def of(tx: Tx, *, filters: UsageFilters) -> Sums:
    """The sums of the records that pass."""
    kept = usage.c
    chosen = (
        select(
            kept.organization_id,
            kept.state,
            kept.status,
            kept.input_tokens,
            kept.cached_input_tokens,
            kept.output_tokens,
            kept.amount_nanos,
            kept.cost_nanos,
        )
        .where(*conditions(filters))
        .limit(MOST + 1)
        .subquery()
    )
    one = chosen.c
    query = (
        select(
            wallets.c.currency,
            func.count().label("records"),
            func.count().filter(one.state == "quarantined").label("quarantined"),
            func.count().filter(one.status != "ok").label("errors"),
            func.coalesce(func.sum(one.input_tokens), 0).label("input_tokens"),
            func.coalesce(func.sum(one.cached_input_tokens), 0).label("cached_input_tokens"),
            func.coalesce(func.sum(one.output_tokens), 0).label("output_tokens"),
            func.coalesce(func.sum(one.amount_nanos), 0).label("amount_nanos"),
            func.coalesce(func.sum(one.cost_nanos), 0).label("cost_nanos"),
        )
        .join(wallets, wallets.c.organization_id == one.organization_id)
        .group_by(wallets.c.currency)
        .order_by(wallets.c.currency)
    )
    rows = (await tx.execute(query)).all()
    whole = {
        name: sum(int(getattr(row, name)) for row in rows)
        for name in (
            "records",
            "quarantined",
            "errors",
            "input_tokens",
            "cached_input_tokens",
            "output_tokens",
            "cost_nanos",
        )
    }
    amounts = tuple((str(row.currency), int(row.amount_nanos)) for row in rows)
    return Sums(**whole, amounts=amounts, complete=whole["records"] <= MOST)

"""Tiers of price versions and of list prices: rows beside their version in the same table."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Table, any_, literal, select

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Uuid
from domain.rates import Rates, Tier


def rates_of(row: AnyRow) -> Rates:
    """The rates in a row."""
    return Rates(
        input_nanos=row.input_per_million_nanos,
        output_nanos=row.output_per_million_nanos,
        cached_input_nanos=row.cached_input_per_million_nanos,
    )


def columns_of(rates: Rates) -> dict[str, int | None]:
    """The rates as columns of a row."""
    return {
        "input_per_million_nanos": rates.input_nanos,
        "output_per_million_nanos": rates.output_nanos,
        "cached_input_per_million_nanos": rates.cached_input_nanos,
    }


def with_tiers(version: dict[str, object], tiers: Sequence[Tier]) -> list[dict[str, object]]:
    """A version's row and those of its tiers."""
    beside = [
        version
        | columns_of(tier.rates)
        | {"id": tier.id, "tier_of": version["id"], "above_tokens": tier.above_tokens}
        for tier in tiers
    ]
    return [version | {"tier_of": None, "above_tokens": 0}, *beside]


async def tiers_of(tx: Tx, table: Table, rows: Sequence[AnyRow]) -> dict[UUID, tuple[Tier, ...]]:
    """The tiers of these versions, by the version's id; the lowest bound first."""
    versions = literal([row.id for row in rows], ARRAY(Uuid))
    query = select(table).where(table.c.tier_of == any_(versions))
    found: dict[UUID, tuple[Tier, ...]] = {}
    for row in await tx.execute(query.order_by(table.c.above_tokens)):
        tier = Tier(id=row.id, above_tokens=row.above_tokens, rates=rates_of(row))
        found[row.tier_of] = (*found.get(row.tier_of, ()), tier)
    return found

"""Records that wait for a price: shown in groups, previewed, and released under the wallets' locks."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from domain.price import Price
from domain.quarantine import QuarantineGroup, QuarantineTotals, Release, ReleaseScope

CHUNK = 10_000
_COVERED_BY = text("""
select count(*) from quarantine_covered(:provider, null, :meter, :organization_id) where price_id = any (:price_ids)
""")
_PREVIEW = text("""
select organization_id, currency, count(*) as records, sum(amount_nanos)::bigint as amount_nanos,
       coalesce(sum(cost_nanos), 0)::bigint as cost_nanos
  from quarantine_covered(:provider, :model, :meter, :organization_id) group by 1, 2 order by 1
""")
_WAITING = text("""
select count(*) from usage
 where state = 'quarantined' and provider = :provider and model = :model and meter = :meter and occurred_at >= :since
""")
_RELEASE = text("select * from release_quarantine(:provider, :model, :meter, :organization_id, :now, :most)")
_EVERY_GROUP = """
with list_book as materialized (
  select s.* from list_price_spans s
    join (select distinct provider, model from usage where state = 'quarantined') x using (provider, model)
), waiting as materialized (
  select u.organization_id, u.provider, u.model, u.meter, count(*) as records,
         sum(u.input_tokens)::bigint as input_tokens, sum(u.output_tokens)::bigint as output_tokens,
         sum(u.cached_input_tokens)::bigint as cached_input_tokens, sum(u.quantity_micros)::bigint as quantity_micros,
         min(u.occurred_at) as first_at, max(u.occurred_at) as last_at,
         half_even(sum((u.input_tokens - u.cached_input_tokens)::numeric * l.input_rate
                       + u.cached_input_tokens::numeric * l.cached_rate + u.output_tokens::numeric * l.output_rate),
                   1000000) as at_stake_nanos
    from usage u
    left join list_book l on u.meter = '' and l.provider = u.provider and l.model = u.model
         and l.effective_at <= u.occurred_at and l.until > u.occurred_at
         and l.from_tokens <= u.input_tokens and l.until_tokens > u.input_tokens
   where u.state = 'quarantined' and (cast(:organization_id as uuid) is null or u.organization_id = :organization_id)
   group by 1, 2, 3, 4
), covered as (
  select c.organization_id, u.provider, u.model, u.meter, count(*) as releasable
    from quarantine_covered(null, null, null, :organization_id) c
    join usage u on u.organization_id = c.organization_id and u.id = c.id and u.occurred_at = c.occurred_at
   group by 1, 2, 3, 4
)
select w.*, o.name as organization, coalesce(c.releasable, 0) as releasable
  from waiting w
  join organizations o on o.id = w.organization_id
  left join covered c using (organization_id, provider, model, meter)
"""
_GROUPS = text(
    _EVERY_GROUP
    + """
 order by w.records desc, w.organization_id, w.provider, w.model, w.meter
 limit :most offset :after
"""
)
_TOTALS = text(
    """
select coalesce(sum(records), 0)::bigint as records, coalesce(sum(releasable), 0)::bigint as releasable,
       sum(at_stake_nanos)::bigint as at_stake_nanos
  from (every_group) groups
""".replace("every_group", _EVERY_GROUP)
)


async def list_groups(
    tx: Tx, *, organization_id: UUID | None = None, after: int = 0, limit: int
) -> Sequence[QuarantineGroup]:
    """At most `limit` groups of what waits, the most records first, without the first `after`."""
    facts = {"organization_id": organization_id, "most": limit, "after": after}
    rows = await tx.execute(_GROUPS, facts)
    return [QuarantineGroup(**row._asdict()) for row in rows]


async def total(tx: Tx) -> QuarantineTotals:
    """All that waits, of every organization."""
    return QuarantineTotals(**(await tx.execute(_TOTALS, {"organization_id": None})).one()._asdict())


async def covered_by(tx: Tx, price: Price) -> int:
    """How many waiting records one price version covers."""
    facts = {
        "provider": price.provider,
        "meter": price.meter,
        "organization_id": price.organization_id,
        "price_ids": [price.id, *(tier.id for tier in price.tiers)],
    }
    return (await tx.execute(_COVERED_BY, facts)).scalar_one()


async def count_waiting(tx: Tx, *, provider: str, model: str, meter: str, since: datetime) -> int:
    """How many records of one model or meter wait that happened at or after an instant."""
    facts = {"provider": provider, "model": model, "meter": meter, "since": since}
    return (await tx.execute(_WAITING, facts)).scalar_one()


async def preview(tx: Tx, *, scope: ReleaseScope) -> tuple[Release, ...]:
    """What a release would charge to each organization; changes nothing."""
    return tuple(Release(**row._asdict()) for row in await tx.execute(_PREVIEW, _facts(scope)))


async def release_chunk(tx: Tx, *, scope: ReleaseScope, now: datetime) -> tuple[Release, ...]:
    """Prices and debits at most `CHUNK` records; empty when a price covers no more of them.

    Each record is charged once, however often and from wherever this is called: the wallets are locked in the
    organizations' order and only records still in quarantine are touched.
    """
    rows = await tx.execute(_RELEASE, {**_facts(scope), "now": now, "most": CHUNK})
    return tuple(Release(**row._asdict()) for row in rows)


def _facts(scope: ReleaseScope) -> dict[str, object]:
    """The scope as parameters."""
    return {**asdict(scope)}

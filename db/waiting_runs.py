"""Which billing runs wait for a person, and why: asked by the proofs, counted and listed for the console."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, column, func, select, text

from db.engine import Tx

# A failed run is settled by a later one for the same organizations; what it held or missed, by any later invoice.
# What an ended run has not sent an hour after it was final nobody sends.
WAITING_RUNS = """
    select r.id, r.period,
           concat_ws('; ', case r.state when 'paused' then format('waits for a person (%s)', r.stage)
                                        when 'failed' then 'failed: ' || left(r.last_error, 300) end,
                     case when i.held > 0 then format('%s held', i.held) end,
                     case when i.failed > 0 then format('%s failed', i.failed) end,
                     case when d.unsent > 0 then format('%s final and not sent', d.unsent) end) as why
      from billing_runs r
      left join lateral (
        select count(*) filter (where b.state = 'held') as held, count(*) filter (where b.state = 'failed') as failed
          from billing_run_items b
         where b.run_id = r.id and b.state in ('held', 'failed') and r.state in ('completed', 'cancelled', 'failed')
           and not exists (select from invoices v where v.organization_id = b.organization_id and v.kind = 'invoice'
                              and v.period >= r.period and v.state <> 'draft')) i on true
      left join lateral (
        select count(*) as unsent from invoices v
         where v.run_id = r.id and v.delivered_at is null and v.state not in ('draft', 'void')
           and v.finalized_at < now() - interval '1 hour' and r.state in ('completed', 'cancelled', 'failed')) d on true
     where not r.preview
       and (r.state = 'paused' or i.held > 0 or i.failed > 0 or d.unsent > 0
            or (r.state = 'failed' and not exists (
                  select from billing_runs n
                   where n.period = r.period and n.id > r.id and not n.preview
                     and n.state in ('pending', 'running', 'paused', 'completed')
                     and ((n.organization_ids is null and n.zone in ('', r.zone))
                          or n.organization_ids @> r.organization_ids))))"""

_WAITING = text(WAITING_RUNS).columns(column("id", Uuid), column("why", Text)).subquery("waiting")
WAITING_IDS = select(_WAITING.c.id)


async def why(tx: Tx, *, run_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What a person has to decide or mend of each of the runs that wait for one."""
    query = select(_WAITING.c.id, _WAITING.c.why).where(_WAITING.c.id.in_(run_ids))
    return {row.id: row.why for row in await tx.execute(query)}


async def count(tx: Tx) -> int:
    """How many runs wait for a person."""
    return (await tx.execute(select(func.count()).select_from(_WAITING))).scalar_one()

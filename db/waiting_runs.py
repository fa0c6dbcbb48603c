"""Which billing runs wait for a person, and why: asked by the proofs, counted and listed for the console."""

from sqlalchemy import text

from db.engine import Tx

# A failed run is settled by a later one for the same organizations; what it held or missed, by any later invoice.
# What an ended run has not sent an hour after it was final nobody sends.
WAITING_RUNS = """
    select r.id, r.period, r.state, coalesce(i.held, 0) as held, coalesce(i.failed, 0) as failed,
           coalesce(d.unsent, 0) as unsent, r.stage, r.last_error
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

_COUNT = text(f"select count(*) from ({WAITING_RUNS}) w")  # noqa: S608 — made of constants
IS_WAITING = text(f"billing_runs.id in (select w.id from ({WAITING_RUNS}) w)")  # noqa: S608 — made of constants


async def count(tx: Tx) -> int:
    """How many runs wait for a person."""
    return int((await tx.execute(_COUNT)).scalar_one())

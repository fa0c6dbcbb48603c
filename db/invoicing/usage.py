"""The chunk's usage from the raw records: sums by month, model and price version, and what the wallet left of it."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx

# What the run has summed before, and what has come in since: a later batch.
_SUMMED = text("""
insert into billing_parts
select m.organization_id, m.month, r.provider, r.model, r.meter, r.price_id, r.input_tokens, r.cached_input_tokens,
       r.output_tokens, r.quantity_micros, r.amount_nanos
  from billing_months m
  join billing_run_sums r on r.run_id = :run_id and r.organization_id = m.organization_id
 where m.after_batch is not null
""")
_SINCE = text("""
insert into billing_parts
select m.organization_id, m.month, u.provider, u.model, u.meter, u.price_id, sum(u.input_tokens),
       sum(u.cached_input_tokens), sum(u.output_tokens), sum(u.quantity_micros), sum(u.amount_nanos)
  from usage u
  join billing_months m on m.organization_id = u.organization_id and u.occurred_at >= m.from_at and u.occurred_at < m.until_at
 where u.batch_id > :after_batch and m.after_batch is not null and u.state = 'priced' and u.billed_in is null
   and u.occurred_at >= cast(:period as date) - interval '1 day'
   and u.occurred_at < cast(:period as date) + interval '1 month 1 day'
 group by 1, 2, 3, 4, 5, 6
""")
_RECORDS = text("""
insert into billing_parts
select m.organization_id, m.month, u.provider, u.model, u.meter, u.price_id, sum(u.input_tokens),
       sum(u.cached_input_tokens), sum(u.output_tokens), sum(u.quantity_micros), sum(u.amount_nanos)
  from billing_months m
  join usage u on u.organization_id = m.organization_id and u.occurred_at >= m.from_at and u.occurred_at < m.until_at
 where m.after_batch is null and u.state = 'priced' and u.billed_in is null
 group by 1, 2, 3, 4, 5, 6
""")
# Late for a month that is invoiced already, and marked for this one.
_LATE = text("""
insert into billing_parts
select s.organization_id, date_trunc('month', u.occurred_at at time zone s.zone)::date, u.provider, u.model, u.meter,
       u.price_id, sum(u.input_tokens), sum(u.cached_input_tokens), sum(u.output_tokens), sum(u.quantity_micros),
       sum(u.amount_nanos)
  from billing_scope s
  join usage u on u.organization_id = s.organization_id and u.billed_in between s.open_month and cast(:period as date)
 where u.state = 'priced' and s.open_month is not null
 group by 1, 2, 3, 4, 5, 6
""")
_GROUPS = text("""
insert into billing_groups (organization_id, usage_month, provider, model, meter, price_id, input_tokens,
   cached_tokens, output_tokens, quantity_micros, amount_nanos)
select organization_id, usage_month, provider, model, meter, price_id, sum(input_tokens), sum(cached_tokens),
       sum(output_tokens), sum(quantity_micros), sum(amount_nanos)
  from billing_parts
 group by 1, 2, 3, 4, 5, 6
""")

# Who never had a credit owes everything. For the others each ledger entry says what the wallet left; an entry whose
# records lie in several months gives its receivable to the invoice that comes first.
_SHARES = text("""
insert into billing_shares
select e.organization_id, sum(least(p.unbilled, c.before + e.now) - least(p.unbilled, c.before))
  from (
    select organization_id, posting_id, sum(amount) as now from (
      select m.organization_id, u.posting_id, u.amount_nanos as amount
        from billing_scope s join billing_months m on m.organization_id = s.organization_id
        join usage u on u.organization_id = m.organization_id and u.occurred_at >= m.from_at
           and u.occurred_at < m.until_at
       where s.has_lots and u.state = 'priced' and u.billed_in is null and u.amount_nanos > 0
      union all
      select s.organization_id, u.posting_id, u.amount_nanos
        from billing_scope s join usage u on u.organization_id = s.organization_id
           and u.billed_in between s.open_month and cast(:period as date)
       where s.has_lots and s.open_month is not null and u.state = 'priced' and u.amount_nanos > 0) records
     group by 1, 2) e
  join billing_scope s on s.organization_id = e.organization_id
  join lateral (
    select sum(amount_nanos) as total,
           coalesce(sum(amount_nanos) filter (where debit = 'receivable:unbilled'), 0) as unbilled
      from postings where entry_id = e.posting_id and organization_id = e.organization_id and credit = 'revenue:usage') p
    on true
  join lateral (
    select case when p.unbilled = 0 or p.unbilled = p.total or e.now = p.total or s.covers_from is null then 0
                else coalesce((
      select sum(u.amount_nanos) from usage u
       where u.organization_id = e.organization_id and u.posting_id = e.posting_id and u.state = 'priced'
         and (u.billed_in < s.open_month or (u.billed_in is null and u.occurred_at < s.covers_from))), 0) end as before) c
    on true
 group by 1
union all
select s.organization_id, sum(g.amount_nanos)
  from billing_scope s join billing_groups g on g.organization_id = s.organization_id
 where not s.has_lots
 group by 1
""")


async def stage(tx: Tx, *, run_id: UUID, period: date, after_batch: int | None) -> None:
    """Stages the sums; the statements begin after the locks, so they see all that was committed under them."""
    if after_batch is not None:
        await tx.execute(_SUMMED, {"run_id": run_id})
        await tx.execute(_SINCE, {"after_batch": after_batch, "period": period})
    await tx.execute(_RECORDS)
    await tx.execute(_LATE, {"period": period})
    await tx.execute(_GROUPS)
    await tx.execute(_SHARES, {"period": period})

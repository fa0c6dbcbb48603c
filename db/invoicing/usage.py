"""The chunk's usage from the raw records: sums by month, model and price version, and what the wallet left of it."""

from datetime import date

from sqlalchemy import text

from db.engine import Tx

# In the window, or late for a month that is invoiced already and marked for this one.
_GROUPS = text("""
insert into billing_groups (organization_id, usage_month, provider, model, meter, price_id, input_tokens,
   cached_tokens, output_tokens, quantity_micros, amount_nanos)
select organization_id, usage_month, provider, model, meter, price_id, sum(input), sum(cached), sum(output),
   sum(quantity), sum(amount)
  from (
    select m.organization_id, m.month as usage_month, u.provider, u.model, u.meter, u.price_id, sum(u.input_tokens)
       as input,
           sum(u.cached_input_tokens) as cached, sum(u.output_tokens) as output, sum(u.quantity_micros)
              as quantity, sum(u.amount_nanos) as amount
      from billing_months m
      join usage u on u.organization_id = m.organization_id and u.occurred_at >= m.from_at
         and u.occurred_at < m.until_at
     where u.state = 'priced' and u.billed_in is null
     group by 1, 2, 3, 4, 5, 6
    union all
    select s.organization_id, date_trunc('month', u.occurred_at at time zone s.zone)::date, u.provider, u.model,
       u.meter, u.price_id,
           sum(u.input_tokens), sum(u.cached_input_tokens), sum(u.output_tokens), sum(u.quantity_micros),
              sum(u.amount_nanos)
      from billing_scope s
      join usage u on u.organization_id = s.organization_id and u.billed_in between s.open_month and cast(:period
         as date)
     where u.state = 'priced' and s.open_month is not null
     group by 1, 2, 3, 4, 5, 6
  ) parts
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
    select sum(amount_nanos) as total, coalesce(sum(amount_nanos) filter (where debit = 'receivable:unbilled'), 0)
       as unbilled
      from postings where entry_id = e.posting_id and organization_id = e.organization_id
         and credit = 'revenue:usage') p on true
  join lateral (
    select case when p.unbilled = 0 or p.unbilled = p.total or e.now = p.total or s.covers_from is null then 0
       else coalesce((
      select sum(u.amount_nanos) from usage u where u.organization_id = e.organization_id
         and u.posting_id = e.posting_id and u.state = 'priced'
         and (u.billed_in < s.open_month or (u.billed_in is null and u.occurred_at < s.covers_from))), 0) end
            as before) c on true
 group by 1
union all
select s.organization_id, sum(g.amount_nanos)
  from billing_scope s join billing_groups g on g.organization_id = s.organization_id
 where not s.has_lots
 group by 1
""")


async def stage(tx: Tx, *, period: date) -> None:
    """Stages the sums; the statements begin after the locks, so they see all that was committed under them."""
    await tx.execute(_GROUPS, {"period": period})
    await tx.execute(_SHARES, {"period": period})

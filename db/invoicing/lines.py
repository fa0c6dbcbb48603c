"""The chunk's lines: each group's sum shared among its measures, recurring charges by the day, coins by largest remainder."""

from datetime import date

from sqlalchemy import text

from db.engine import Tx
from db.invoicing.rounding import half_even

_LINES = text(f"""
insert into billing_lines
with parts as (
  select g.number, g.organization_id, g.usage_month, g.provider, g.model, g.meter, g.price_id, g.amount_nanos,
     m.rank, m.measure, m.quantity, m.rate, coalesce(p.above_tokens, 0) as above_tokens,
         case when g.meter <> '' then coalesce(p.unit, 'units') else 'tokens' end as unit, m.quantity * m.rate
            as weight
    from billing_groups g
    left join prices p on p.id = g.price_id
    cross join lateral (
      select case when g.meter = '' and p.cached_input_per_million_nanos is not null then g.cached_tokens
         else 0 end as apart) a
    cross join lateral (values
      (1, 'input', case when g.meter = '' then g.input_tokens - a.apart else 0 end,
         coalesce(p.input_per_million_nanos, 0)),
      (2, 'cached', a.apart, coalesce(p.cached_input_per_million_nanos, 0)),
      (3, 'output', case when g.meter = '' then g.output_tokens else 0 end, coalesce(p.output_per_million_nanos, 0)),
      (4, 'quantity', case when g.meter <> '' then g.quantity_micros else 0 end, coalesce(p.unit_nanos,
         0))) m (rank, measure, quantity, rate)
   where m.quantity > 0
), weighed as (
  select *, sum(weight) over (partition by number) as whole, row_number() over (partition by number order by rank)
     as place from parts
), shared as (
  select *, case when whole > 0 then div(amount_nanos * weight, whole) when place = 1 then amount_nanos else 0 end
     as share,
         case when whole > 0 then mod(amount_nanos * weight, whole) else 0 end as rest
    from weighed
), exact as (
  select *, share + (row_number() over (partition by number order by rest desc, rank)
                     <= amount_nanos - sum(share) over (partition by number))::integer as exact_nanos
    from shared
), months as (
  select s.organization_id, c.id, c.description, c.monthly_nanos, m.month::date as month,
         extract(day from m.month + interval '1 month' - interval '1 day')::integer as days,
         least((m.month + interval '1 month' - interval '1 day')::date, coalesce(c.ends_on,
            'infinity')) - greatest(m.month::date, c.starts_on) + 1 as active
    from billing_scope s
    join recurring_charges c on c.organization_id = s.organization_id and c.starts_on < cast(:period
       as date) + interval '1 month'
    cross join lateral generate_series(greatest(date_trunc('month', c.starts_on::timestamp),
       coalesce(s.open_month::timestamp, '-infinity')),
                                       cast(:period as timestamp), interval '1 month') m (month)
), everything as (
  select organization_id, case when usage_month < :period then 3 when meter <> '' then 2 else 1 end as kind_rank,
         case when usage_month < :period then 'adjustment' when meter <> '' then 'meter' else 'usage' end as kind,
         case when meter <> '' then btrim(meter || ' ' || model)
              else model || case measure when 'input' then ' input tokens'
                 when 'cached' then ' cached input tokens' else ' output tokens' end
              || case when above_tokens > 0 then to_char(above_tokens, '" of requests over "FM999,999,999,999,999') else '' end
              end
           || case when usage_month < :period then to_char(usage_month, ' (FMMonth YYYY)') else '' end as description,
         provider, model, measure, meter, usage_month, price_id, case when meter <> '' then quantity / 1000000
            else quantity end as quantity, unit,
         rate as unit_price_nanos, exact_nanos, above_tokens, rank, null::uuid as charge_id
    from exact
  union all
  select organization_id, 4, 'recurring', description || to_char(month, ' (FMMonth YYYY') || case
     when active < days then format(', %s of %s days', active, days) else '' end || ')',
         '', '', '', '', month, null, case when active < days then active else 1 end, case
            when active < days then 'day' else 'month' end,
         case when active < days then half_even(monthly_nanos, days) else monthly_nanos end,
            half_even(monthly_nanos::numeric * active, days), 0, 0, id
    from months where active > 0
), coins as (
  select e.*, s.coin, div(e.exact_nanos, s.coin) as whole_coins, mod(e.exact_nanos, s.coin) as part,
         row_number() over (partition by e.organization_id order by kind_rank, usage_month, provider collate "C",
            model collate "C", meter collate "C", above_tokens, price_id, charge_id, rank) as position
    from everything e join billing_scope s on s.organization_id = e.organization_id
)
select organization_id, position, kind, description, provider, model, measure, meter, usage_month, price_id,
   quantity, unit, unit_price_nanos, exact_nanos,
       (whole_coins + (place <= {half_even("exact_sum", "coin")} - coins_sum)::integer) * coin
  from (select *, row_number() over (partition by organization_id order by part desc, position) as place,
               sum(exact_nanos) over (partition by organization_id) as exact_sum,
               sum(whole_coins) over (partition by organization_id) as coins_sum
          from coins) ranked
""")  # noqa: S608 — made of constants


async def stage(tx: Tx, *, period: date) -> None:
    """Stages the lines."""
    await tx.execute(_LINES, {"period": period})

"""The chunk's sums and verdicts: invoice, held, or skipped; gapless numbers for those that are invoiced."""

from sqlalchemy import text

from db.engine import Tx
from db.invoicing.rounding import half_even
from domain.anomaly import AnomalyRule

_TOTALS = text(f"""
insert into billing_totals
with sums as (
  select s.organization_id, coalesce(sum(l.exact_nanos) filter (where l.kind <> 'recurring'), 0) as usage,
     coalesce(sum(l.exact_nanos) filter (where l.kind = 'recurring'), 0) as recurring
    from billing_scope s left join billing_lines l on l.organization_id = s.organization_id
   group by 1
), shares as (
  select organization_id, sum(unbilled_nanos) as unbilled from billing_shares group by 1
), rounded as materialized (
  select s.*, m.usage, m.recurring, coalesce(u.unbilled, 0) as unbilled,
         {half_even("m.usage + m.recurring", "s.coin")} * s.coin as subtotal,
         {half_even("coalesce(u.unbilled, 0) + m.recurring", "s.coin")} * s.coin as open_part
    from billing_scope s join sums m on m.organization_id = s.organization_id left join shares u
       on u.organization_id = s.organization_id
), discounted as materialized (
  select *, {half_even("open_part * discount_ppm", "(1000000 * coin)")} * coin as discount from rounded
), taxed as materialized (
  select *, {half_even("(open_part - discount) * tax_ppm", "(1000000 * coin)")} * coin as tax from discounted
), judged as (
  select *, subtotal - discount + tax as total,
         case when usage + recurring = 0 then 'nothing'
              when released then ''
              when subtotal - discount + tax > cast(:review as bigint) then 'review'
              when last_month_nanos is null or abs(subtotal - discount + tax - last_month_nanos) < :minimum then ''
              when (subtotal - discount + tax)::numeric * 1000000 > last_month_nanos::numeric * :ratio then 'rise'
              when (subtotal - discount + tax)::numeric * :ratio < last_month_nanos::numeric * 1000000 then 'fall'
              else '' end as cause
    from taxed
)
select organization_id, invoice_id, case cause when 'nothing' then 'skipped' when '' then 'invoiced' else 'held' end,
       case cause when 'nothing' then 'nothing to invoice' when 'review' then 'above the amount that is reviewed'
                  when 'rise' then 'much more than last month' when 'fall' then 'much less than last month'
                     else '' end,
       null, null, usage, recurring, unbilled, open_part - unbilled - recurring, subtotal, discount, tax, total,
          subtotal - open_part, open_part - discount + tax
  from judged
""")  # noqa: S608 — made of constants

_UNEXPLAINED = text("""
select 1 from (select organization_id, sum(amount_nanos) as nanos from billing_groups group by 1) g
  join billing_totals t on t.organization_id = g.organization_id where t.usage_nanos <> g.nanos limit 1
""")

# Inserted invoices hold a share of their entity's key; the series is locked beside it, not against it.
_ENTITIES = text("""
select code from legal_entities where code in (
  select s.legal_entity from billing_scope s join billing_totals t on t.organization_id = s.organization_id
     where t.verdict = 'invoiced')
 order by code for no key update
""")

_NUMBERS = text("""
with ranked as (
  select t.organization_id, s.legal_entity, row_number() over (partition by s.legal_entity
     order by t.organization_id) as place
    from billing_totals t join billing_scope s on s.organization_id = t.organization_id where t.verdict = 'invoiced'
), blocks as (
  update legal_entities e set next_number = e.next_number + c.wanted
    from (select legal_entity, count(*) as wanted from ranked group by 1) c
   where e.code = c.legal_entity
  returning e.code, e.number_prefix, old.next_number as first
), numbered as (
  select r.organization_id, b.first + r.place - 1 as sequence, b.number_prefix from ranked r join blocks b
     on b.code = r.legal_entity
)
update billing_totals t set sequence = n.sequence, number = n.number_prefix || lpad(n.sequence::text, greatest(6,
   length(n.sequence::text)), '0')
  from numbered n where n.organization_id = t.organization_id
""")


async def stage(tx: Tx, *, rule: AnomalyRule) -> bool:
    """Stages what each invoice comes to, and whether it is held; False when lines do not sum to their records."""
    limits = {"ratio": rule.ratio_ppm, "minimum": rule.minimum_nanos, "review": rule.review_nanos}
    await tx.execute(_TOTALS, limits)
    return (await tx.execute(_UNEXPLAINED)).first() is None


async def number(tx: Tx) -> None:
    """Takes a block from each legal entity's series; others wait for it until this transaction ends, so no gap can be."""
    await tx.execute(_ENTITIES)
    await tx.execute(_NUMBERS)

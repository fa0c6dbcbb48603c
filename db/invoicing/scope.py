"""Whom a chunk invoices: wallets locked in order, terms as they hold at the period's end, the window not yet invoiced."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from domain.money import minor_digits
from domain.places import CURRENCIES

# Ingestion takes the same locks in the same order: whoever comes second sees what the first committed.
_LOCK = text("""
select w.organization_id from wallets w
 where w.organization_id in (select organization_id from billing_run_items where run_id = :run_id
    and organization_id = any (:ids) and state = 'pending')
 order by w.organization_id for update
""")

_SCOPE = text("""
insert into billing_scope
select o.id, coalesce(d.id, uuidv7()), o.name, o.billing_email, o.country, o.time_zone, o.currency,
       case when o.currency = any (:whole_coins) then 1000000000 when o.currency = any (:thousandths) then 1000000
          else 10000000 end,
       o.legal_entity, date_trunc('month', (w.invoiced_until + interval '2 days') at time zone o.time_zone)::date,
       w.invoiced_until, (cast(:period as date) + interval '1 month')::timestamp at time zone o.time_zone,
       exists (select from credit_lots l where l.organization_id = o.id), i.released,
       coalesce(p.discount_ppm, 0), case when coalesce(p.tax_exempt, false) then 0 else coalesce(t.rate_ppm, 0) end,
       case when coalesce(p.tax_exempt, false) then jsonb_build_object('exempt', true, 'rate_ppm', 0)
            when t.id is not null then jsonb_build_object('id', t.id, 'name', t.name, 'rate_ppm', t.rate_ppm,
               'country', t.country,
                                                          'region', t.region, 'effective_on', t.effective_on) end,
       jsonb_build_object('name', coalesce(nullif(p.legal_name, ''), o.name), 'address_lines',
          to_jsonb(coalesce(p.address_lines, '{}')),
                          'country', o.country, 'region', coalesce(p.region, ''), 'tax_id', coalesce(p.tax_id, ''),
                             'email', o.billing_email,
                          'time_zone', o.time_zone, 'collection_method', coalesce(p.collection_method, 'card'),
                          'payment_method', coalesce(p.payment_method_label, '')),
       b.total_nanos, d.id, i.zone <> o.time_zone
  from billing_run_items i
  join organizations o on o.id = i.organization_id
  join wallets w on w.organization_id = o.id
  left join billing_profiles p on p.organization_id = o.id
  left join invoices d on d.organization_id = o.id and d.period = :period and d.kind = 'invoice' and d.state = 'draft'
  left join lateral (select total_nanos from invoices x where x.organization_id = o.id and x.kind = 'invoice'
     and x.period < :period
                        and x.state not in ('draft', 'void') order by x.period desc limit 1) b on true
  left join lateral (select * from tax_rates r where r.country = o.country and r.region in ('', coalesce(p.region,
     ''))
                        and r.effective_on < cast(:period as date) + interval '1 month'
                      order by r.region <> '' desc, r.effective_on desc limit 1) t on true
 where i.run_id = :run_id and i.organization_id = any (:ids) and i.state = 'pending'
 order by o.id
""")

_SKIP = text("""
with gone as (
  delete from billing_scope where covers_until <= covers_from or (draft_id is not null and not released)
  returning organization_id, case when covers_until <= covers_from then 'already invoiced'
     else 'held by an earlier run' end as reason
)
update billing_run_items i set state = 'skipped', reason = gone.reason from gone
 where i.run_id = :run_id and i.organization_id = gone.organization_id
""")

# The period's own month, and every month before it that holds usage nobody has invoiced.
_MONTHS = text("""
insert into billing_months
select s.organization_id, m.month, greatest(m.month::timestamp at time zone s.zone, coalesce(s.covers_from,
   '-infinity')),
       (m.month + interval '1 month')::timestamp at time zone s.zone,
       case when m.month = :period and not s.moved
              and coalesce(s.covers_from, '-infinity') <= m.month::timestamp at time zone s.zone
            then cast(:after_batch as bigint) end
  from billing_scope s
  left join lateral (
    select u.occurred_at from usage u where u.organization_id = s.organization_id
       and u.occurred_at >= coalesce(s.covers_from, '-infinity')
       and u.occurred_at < cast(:period as date)::timestamp at time zone s.zone
     order by u.organization_id, u.occurred_at limit 1) earliest
    on s.covers_from is null or s.covers_from < cast(:period as date)::timestamp at time zone s.zone
  cross join lateral (
    select generate_series(coalesce(date_trunc('month', earliest.occurred_at at time zone s.zone), cast(:period
       as date)::timestamp),
                           cast(:period as date)::timestamp, interval '1 month')::date as month) m
""")


async def lock(tx: Tx, *, run_id: UUID, organization_ids: Sequence[UUID]) -> None:
    """Locks the wallets of those organizations that are pending, in organization order."""
    await tx.execute(_LOCK, {"run_id": run_id, "ids": list(organization_ids)})


async def stage(
    tx: Tx, *, run_id: UUID, organization_ids: Sequence[UUID], period: date, after_batch: int | None
) -> None:
    """Stages whom to invoice and which months; marks as skipped who is invoiced (or held) for the period already."""
    coins = {
        "whole_coins": [code for code in CURRENCIES if minor_digits(code) == 0],
        "thousandths": [code for code in CURRENCIES if minor_digits(code) == 3],
    }
    await tx.execute(_SCOPE, {"run_id": run_id, "ids": list(organization_ids), "period": period, **coins})
    await tx.execute(_SKIP, {"run_id": run_id})
    await tx.execute(_MONTHS, {"period": period, "after_batch": after_batch})

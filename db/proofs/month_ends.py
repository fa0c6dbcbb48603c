"""Warnings about month-ends that need a person: runs that wait or failed, what they held, documents not handed over."""

from db.proofs.proof import Proof
from db.waiting_runs import WAITING_RUNS

DECIDED = Proof(
    name="month_ends_need_nobody",
    says="No month-end waits for a person: none is paused or failed, nothing is held, failed or not sent",
    kind="warning",
    sql=f"""
    select 'run_' || replace(w.id::text, '-', '') as subject_id, null::uuid as organization_id,
           concat_ws('; ', to_char(w.period, 'FMMonth YYYY'), w.why) as detail
      from ({WAITING_RUNS}) w
     order by 1 limit :most""",  # noqa: S608 — made of constants
)

NOTES_SENT = Proof(
    name="credit_notes_are_sent",
    says="A credit note for an invoice that the client was sent is sent within an hour",
    kind="warning",
    sql="""
    select 'cn_' || replace(n.id::text, '-', '') as subject_id, n.organization_id,
           format('%s is not sent since %s; deliver it from its page', n.number, n.finalized_at) as detail
      from invoices n join invoices i on i.id = n.corrects_id
     where n.run_id is null and n.delivered_at is null and n.state <> 'draft' and i.delivered_at is not null
       and n.finalized_at < now() - interval '1 hour'
     order by 1 limit :most""",
)

# A day after the month-end of a zone was due. Who came into the zone with the month invoiced already waits for none.
INVOICED = Proof(
    name="ended_months_are_invoiced",
    says="Each zone's last month has its month-end a day after it was due",
    kind="warning",
    scope="full",
    sql="""
    with ended as (
      select zone, (date_trunc('month', (now() - interval '28 hours') at time zone zone)
                    - interval '1 month')::date as period
        from (select distinct time_zone as zone from organizations where state <> 'deleted') zones
    )
    select e.zone || '/' || to_char(e.period, 'YYYY-MM') as subject_id, null::uuid as organization_id,
           format('Nobody has begun the month-end of %s in %s', to_char(e.period, 'FMMonth YYYY'), e.zone) as detail
      from ended e
     where exists (select from organizations o join wallets w on w.organization_id = o.id
                    where o.time_zone = e.zone and o.state <> 'deleted'
                      and o.created_at < (e.period + interval '1 month')::timestamp at time zone e.zone
                      and coalesce(open_month(w.invoiced_until, e.zone), '-infinity') <= e.period)
       and not exists (select from billing_runs r
                        where r.period >= e.period and not r.preview and r.state <> 'cancelled'
                          and r.organization_ids is null and r.zone in ('', e.zone))
     order by 1 limit :most""",
)

PROOFS = (DECIDED, NOTES_SENT, INVOICED)

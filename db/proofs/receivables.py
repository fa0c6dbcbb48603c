"""Proofs about receivables: what is open on invoices, and what was given up."""

from db.proofs.proof import Proof

RECEIVABLES = Proof(
    name="receivables_are_open_invoices",
    says="An organization's billed receivables are what is open on its invoices, but for those given up",
    sql="""
    with owed as (
      select organization_id, sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos) as nanos
        from invoices where kind = 'invoice' and state not in ('draft', 'uncollectible') group by 1
    ), posted as (
      select organization_id,
             sum(case when debit = 'receivable:billed' then amount_nanos else -amount_nanos end) as nanos
        from postings where debit = 'receivable:billed' or credit = 'receivable:billed' group by 1
    )
    select 'org_' || replace(coalesce(o.organization_id, p.organization_id)::text, '-', '') as subject_id,
           coalesce(o.organization_id, p.organization_id) as organization_id,
           format('%s nanos are open on invoices, the books say %s', coalesce(o.nanos, 0), coalesce(p.nanos, 0))
             as detail
      from owed o full join posted p on p.organization_id = o.organization_id
     where coalesce(o.nanos, 0) <> coalesce(p.nanos, 0)
     order by 1 limit :most""",
)

WRITTEN_OFF = Proof(
    name="bad_debts_are_given_up_invoices",
    says="What is written off and has not come in nevertheless is what is open on invoices that were given up",
    sql="""
    with lost as (
      select organization_id, sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos) as nanos
        from invoices where kind = 'invoice' and state = 'uncollectible' group by 1
    ), posted as (
      select organization_id, sum(case when debit = 'bad_debts' then amount_nanos else -amount_nanos end) as nanos
        from postings where debit = 'bad_debts' or credit = 'bad_debts' group by 1
    )
    select 'org_' || replace(coalesce(l.organization_id, p.organization_id)::text, '-', '') as subject_id,
           coalesce(l.organization_id, p.organization_id) as organization_id,
           format('%s nanos are given up on invoices, the books say %s', coalesce(l.nanos, 0), coalesce(p.nanos, 0))
             as detail
      from lost l full join posted p on p.organization_id = l.organization_id
     where coalesce(l.nanos, 0) <> coalesce(p.nanos, 0)
     order by 1 limit :most""",
)

PROOFS = (RECEIVABLES, WRITTEN_OFF)

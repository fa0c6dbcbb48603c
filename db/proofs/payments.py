"""Proofs about payments: every cent that came in settled one invoice, once."""

from db.proofs.proof import Proof

POSTED = Proof(
    name="payment_is_posted",
    says="What a settled payment took off its invoice is what was posted",
    sql="""
    select 'pay_' || replace(p.id::text, '-', '') as subject_id, p.organization_id,
           format('%s nanos settled the invoice, %s were posted', p.applied_nanos, coalesce(q.amount_nanos, 0))
             as detail
      from payments p
      left join postings q on q.key = 'payment:' || replace(p.id::text, '-', '') and q.credit = 'receivable:billed'
     where p.applied_nanos <> coalesce(q.amount_nanos, 0)
        or (p.settled_at is null and q.id is not null)
     order by 1 limit :most""",
)

INVOICE_PAID = Proof(
    name="invoice_is_paid_by_payments",
    says="What is paid on an invoice is the sum of its payments",
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s: %s nanos are marked paid, the payments come to %s', i.number, i.amount_paid_nanos,
                  coalesce(p.nanos, 0)) as detail
      from invoices i
      left join (select invoice_id, sum(applied_nanos) as nanos from payments where settled_at is not null
                  group by 1) p on p.invoice_id = i.id
     where i.amount_paid_nanos <> coalesce(p.nanos, 0)
     order by 1 limit :most""",
)

CHARGED_ONCE = Proof(
    name="invoice_charged_once",
    says="No invoice is charged twice: its cards gave no more than it asked for, what was too much went back",
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s: %s charges succeeded over %s nanos, %s were due', i.number, p.times, p.nanos,
                  i.amount_due_nanos) as detail
      from invoices i
      join (select invoice_id, count(*) as times, sum(amount_nanos - refunded_nanos) as nanos
              from payments where state = 'succeeded' and method = 'card' group by 1) p on p.invoice_id = i.id
     where p.nanos > i.amount_due_nanos
     order by 1 limit :most""",
)

PAID_STATE = Proof(
    name="paid_means_nothing_is_open",
    says="An invoice is paid exactly when nothing is open on it",
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s is %s with %s nanos open', i.number, i.state,
                  i.amount_due_nanos - i.amount_paid_nanos - i.amount_credited_nanos) as detail
      from invoices i
     where i.kind = 'invoice'
       and ((i.state = 'paid' and i.amount_due_nanos <> i.amount_paid_nanos + i.amount_credited_nanos)
         or (i.state in ('finalized', 'past_due')
             and i.amount_due_nanos = i.amount_paid_nanos + i.amount_credited_nanos))
     order by 1 limit :most""",
)

OWED_BACK = Proof(
    name="excess_is_owed_back",
    says="What the books owe back is what came in beyond an invoice and neither went back nor became credits",
    sql="""
    with held as (
      select organization_id, sum(amount_nanos - applied_nanos - credited_nanos) as nanos from payments
       where settled_at is not null and refunded_nanos < amount_nanos - applied_nanos - credited_nanos group by 1
    ), posted as (
      select organization_id, sum(case when credit = 'refunds' then amount_nanos else -amount_nanos end) as nanos
        from postings where debit = 'refunds' or credit = 'refunds' group by 1
    )
    select 'org_' || replace(coalesce(h.organization_id, p.organization_id)::text, '-', '') as subject_id,
           coalesce(h.organization_id, p.organization_id) as organization_id,
           format('payments hold %s nanos too much, the books owe %s', coalesce(h.nanos, 0), coalesce(p.nanos, 0))
             as detail
      from held h full join posted p on p.organization_id = h.organization_id
     where coalesce(h.nanos, 0) <> coalesce(p.nanos, 0)
     order by 1 limit :most""",
)

PROOFS = (POSTED, INVOICE_PAID, CHARGED_ONCE, PAID_STATE, OWED_BACK)

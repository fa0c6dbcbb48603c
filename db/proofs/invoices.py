"""Proofs about invoices: lines, usage, numbers, and what they moved."""

from db.proofs.proof import Proof

EQUALS_LINES = Proof(
    name="invoice_equals_lines",
    says="An invoice is the sum of its lines",
    windowed=True,
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s: the lines come to %s nanos (usage %s), the invoice says %s (usage %s)', i.number,
                  coalesce(l.amount, 0), coalesce(l.usage, 0), i.subtotal_nanos, i.usage_nanos) as detail
      from invoices i
      left join lateral (
        select sum(amount_nanos) as amount, sum(exact_nanos) filter (where kind <> 'recurring') as usage
          from invoice_lines where invoice_id = i.id) l on true
     where i.finalized_at >= :since and i.finalized_at < :until and i.kind = 'invoice'
       and (i.subtotal_nanos <> coalesce(l.amount, 0) or i.usage_nanos <> coalesce(l.usage, 0))
     order by 1 limit :most""",
)

COVERS_USAGE = Proof(
    name="invoice_covers_usage",
    says="An invoice carries every record of its window, and late ones of earlier months, exactly once",
    windowed=True,
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s: the records come to %s nanos, the invoice says %s', i.number,
                  coalesce(w.nanos, 0) + coalesce(late.nanos, 0), i.usage_nanos) as detail
      from invoices i
      join organizations o on o.id = i.organization_id
      left join lateral (
        select sum(amount_nanos) as nanos from usage u
         where u.organization_id = i.organization_id and u.state = 'priced' and u.billed_in is null
           and u.occurred_at >= coalesce(i.covers_from, '-infinity') and u.occurred_at < i.covers_until) w on true
      left join lateral (
        select sum(amount_nanos) as nanos from usage u
         where u.organization_id = i.organization_id and u.state = 'priced' and u.billed_in <= i.period
           and u.billed_in >= date_trunc('month', (i.covers_from + interval '2 days')
                                         at time zone coalesce(i.buyer ->> 'time_zone', o.time_zone))::date
      ) late on true
     where i.finalized_at >= :since and i.finalized_at < :until and i.kind = 'invoice'
       and i.covers_until is not null and i.usage_nanos <> coalesce(w.nanos, 0) + coalesce(late.nanos, 0)
     order by 1 limit :most""",
)

WINDOWS_MEET = Proof(
    name="invoice_windows_meet",
    says="An organization's invoices follow each other without gap or overlap, up to where its wallet says",
    sql="""
    with windows as (
      select i.*, lag(i.covers_until) over (partition by organization_id order by covers_until) as before,
             lead(i.id) over (partition by organization_id order by covers_until) as next
        from invoices i where i.kind = 'invoice' and i.state <> 'draft' and i.covers_until is not null
    )
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           case when i.covers_from is distinct from i.before and i.before is not null
                then format('%s begins at %s, the one before it ended at %s', i.number, i.covers_from, i.before)
                else format('%s ends at %s, the wallet is invoiced until %s', i.number, i.covers_until,
                            w.invoiced_until) end as detail
      from windows i join wallets w on w.organization_id = i.organization_id
     where (i.before is not null and i.covers_from is distinct from i.before)
        or (i.next is null and w.invoiced_until is distinct from i.covers_until)
     order by 1 limit :most""",
)

POSTED = Proof(
    name="invoice_is_posted",
    says="What an invoice asks for is what it moved to the billed receivables",
    windowed=True,
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s: %s nanos are due, %s were posted', i.number, i.amount_due_nanos, coalesce(p.nanos, 0))
             as detail
      from invoices i
      left join lateral (
        select sum(case when debit = 'receivable:billed' then amount_nanos else -amount_nanos end) as nanos
          from postings
         where subject_id = 'in_' || replace(i.id::text, '-', '') and cause = 'invoice'
           and (debit = 'receivable:billed' or credit = 'receivable:billed')) p on true
     where i.finalized_at >= :since and i.finalized_at < :until and i.kind = 'invoice'
       and i.amount_due_nanos <> coalesce(p.nanos, 0)
     order by 1 limit :most""",
)

UNBILLED = Proof(
    name="unbilled_is_uninvoiced_usage",
    says="What is not billed yet is usage that no invoice carries, as far as credit did not pay for it",
    scope="full",
    sql="""
    with posted as (
      select organization_id,
             sum(case when debit = 'receivable:unbilled' then amount_nanos else -amount_nanos end) as nanos
        from postings where debit = 'receivable:unbilled' or credit = 'receivable:unbilled' group by 1
    ), waiting as (
      select w.organization_id, exists (select from credit_lots l where l.organization_id = o.id) as has_credit,
             (select coalesce(sum(u.amount_nanos), 0) from usage u
               where u.organization_id = o.id and u.state = 'priced' and u.billed_in is null
                 and u.occurred_at >= coalesce(w.invoiced_until, '-infinity'))
             + (select coalesce(sum(u.amount_nanos), 0) from usage u
                 where u.organization_id = o.id and u.state = 'priced'
                   and u.billed_in >= date_trunc('month', (w.invoiced_until + interval '2 days')
                                                 at time zone o.time_zone)::date) as nanos
        from wallets w join organizations o on o.id = w.organization_id
    )
    select 'org_' || replace(w.organization_id::text, '-', '') as subject_id, w.organization_id,
           format('usage of %s nanos waits for its invoice, the books say %s are unbilled', w.nanos,
                  coalesce(p.nanos, 0)) as detail
      from waiting w left join posted p on p.organization_id = w.organization_id
     where case when w.has_credit then coalesce(p.nanos, 0) not between 0 and w.nanos
                else coalesce(p.nanos, 0) <> w.nanos end
     order by 1 limit :most""",
)

NUMBERS = Proof(
    name="numbers_without_gaps",
    says="Each legal entity's invoices and credit notes are numbered from one without a gap",
    sql="""
    with series as (
      select legal_entity, kind, count(*) as times, min(sequence) as first, max(sequence) as last
        from invoices where sequence is not null group by 1, 2
    )
    select e.code || '/' || k.kind as subject_id, null::uuid as organization_id,
           format('%s documents are numbered %s to %s, the next number is %s', coalesce(s.times, 0),
                  coalesce(s.first, 0), coalesce(s.last, 0), k.next) as detail
      from legal_entities e
      cross join lateral (values ('invoice', e.next_number), ('credit_note', e.next_credit_note_number)) k (kind, next)
      left join series s on s.legal_entity = e.code and s.kind = k.kind
     where coalesce(s.last, 0) <> coalesce(s.times, 0) or coalesce(s.first, 1) <> 1
        or k.next <> coalesce(s.last, 0) + 1
    union all
    select 'in_' || replace(id::text, '-', ''), organization_id,
           format('%s is number %s of its series', coalesce(number, 'a document without a number'),
                  coalesce(sequence::text, 'none'))
      from invoices
     where state <> 'draft' and substring(number from '[0-9]+$')::numeric is distinct from sequence
     order by 1 desc limit :most""",
)

CREDITED = Proof(
    name="invoice_is_credited_by_notes",
    says="What was taken back of an invoice is the sum of its credit notes",
    sql="""
    select 'in_' || replace(i.id::text, '-', '') as subject_id, i.organization_id,
           format('%s: %s nanos are marked credited or given back, the notes come to %s', i.number,
                  i.amount_credited_nanos + i.amount_returned_nanos, coalesce(n.nanos, 0)) as detail
      from invoices i
      left join (select corrects_id, sum(total_nanos) as nanos from invoices where kind = 'credit_note' group by 1) n
        on n.corrects_id = i.id
     where i.kind = 'invoice' and i.amount_credited_nanos + i.amount_returned_nanos <> coalesce(n.nanos, 0)
     order by 1 limit :most""",
)

RETURNED = Proof(
    name="returned_money_became_credits",
    says="What a credit note gave back of what was paid is a lot of credits, and so is what a transfer had too much",
    sql="""
    with returned as (
      select 'cn_' || replace(id::text, '-', '') as subject_id, organization_id, amount_returned_nanos as nanos
        from invoices where kind = 'credit_note' and amount_returned_nanos > 0
      union all
      select 'pay_' || replace(id::text, '-', ''), organization_id, credited_nanos
        from payments where credited_nanos > 0
    )
    select r.subject_id, r.organization_id,
           format('%s nanos went back as credits, the lot holds %s', r.nanos, coalesce(l.amount_nanos, 0)) as detail
      from returned r left join credit_lots l on l.key = r.subject_id and l.organization_id = r.organization_id
     where r.nanos <> coalesce(l.amount_nanos, 0)
     order by 1 limit :most""",
)

PROOFS = (
    EQUALS_LINES,
    COVERS_USAGE,
    WINDOWS_MEET,
    POSTED,
    UNBILLED,
    NUMBERS,
    CREDITED,
    RETURNED,
)

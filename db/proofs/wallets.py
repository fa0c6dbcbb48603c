"""Proofs about credit: wallets, their lots and their postings."""

from db.proofs.proof import Proof

WALLET_EQUALS_LOTS = Proof(
    name="wallet_equals_lots",
    says="A wallet holds what is left of its lots",
    sql="""
    select 'org_' || replace(w.organization_id::text, '-', '') as subject_id, w.organization_id,
           format('the wallet holds %s nanos, its lots %s', w.balance_nanos, coalesce(l.nanos, 0)) as detail
      from wallets w
      left join (select organization_id, sum(remaining_nanos) as nanos from credit_lots
                  where remaining_nanos > 0 group by 1) l on l.organization_id = w.organization_id
     where w.balance_nanos <> coalesce(l.nanos, 0)
     order by 1 limit :most""",
)

LOT_EQUALS_POSTINGS = Proof(
    name="lot_equals_postings",
    says="What is left of a lot is what was posted to it less what was posted from it",
    windowed=True,
    sql="""
    with touched as materialized (
      select distinct lot_id from postings where posted_at >= :since and posted_at < :until and lot_id is not null
      union select id from credit_lots where created_at >= :since and created_at < :until
    )
    select 'lot_' || replace(l.id::text, '-', '') as subject_id, l.organization_id,
           format('%s nanos are left, its postings leave %s', l.remaining_nanos, coalesce(p.nanos, 0)) as detail
      from touched t
      join credit_lots l on l.id = t.lot_id
      left join lateral (
        select sum(case when debit like 'wallet:%' then -amount_nanos else amount_nanos end) as nanos
          from postings where lot_id = l.id) p on true
     where l.remaining_nanos <> coalesce(p.nanos, 0)
     order by 1 limit :most""",
)

WALLET_POSTING_NAMES_LOT = Proof(
    name="wallet_posting_names_lot",
    says="Every posting to or from a wallet names a lot of the same organization",
    windowed=True,
    sql="""
    select 'pst_' || replace(p.id::text, '-', '') as subject_id, p.organization_id,
           format('%s nanos from %s to %s name no lot of the organization', p.amount_nanos, p.credit, p.debit)
             as detail
      from postings p left join credit_lots l on l.id = p.lot_id and l.organization_id = p.organization_id
     where p.posted_at >= :since and p.posted_at < :until
       and (p.debit like 'wallet:%' or p.credit like 'wallet:%') and l.id is null
     order by 1 limit :most""",
)

PROOFS = (WALLET_EQUALS_LOTS, LOT_EQUALS_POSTINGS, WALLET_POSTING_NAMES_LOT)

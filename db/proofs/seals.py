"""The ledger is what was sealed, day by day, and the audit log says the same."""

from db.proofs.proof import Proof

SEALED = Proof(
    name="ledger_is_as_sealed",
    says="Every sealed day of the ledger has the postings it was sealed with",
    scope="full",
    windowed=True,
    sql="""
    select 'ledger/' || s.day as subject_id, null::uuid as organization_id,
           format('%s postings of that day, %s when it was sealed; their hash is another', d.postings, s.postings) as detail
      from ledger_seals s cross join lateral ledger_seal(s.day, s.previous_hash) d
     where (s.day + 1)::timestamp at time zone 'UTC' >= :since and (s.day + 1)::timestamp at time zone 'UTC' < :until
       and (d.postings, d.hash) is distinct from (s.postings, s.hash)
     order by 1 limit :most""",
)

CHAINED = Proof(
    name="ledger_seals_are_chained",
    says="Each seal of the ledger follows the one of the day before, and stands in the audit log",
    scope="full",
    sql="""
    select 'ledger/' || s.day as subject_id, null::uuid as organization_id,
           case when s.follows then 'The audit log does not hold this seal'
                else 'It does not follow the seal before' end as detail
      from (select day, hash, previous_hash = lag(hash, 1, decode(repeat('00', 32), 'hex')) over (order by day)
                              and day - 1 = lag(day, 1, day - 1) over (order by day) as follows
              from ledger_seals) s
     where not s.follows
        or not exists (select from audit a where a.target_kind = 'ledger' and a.target_id = s.day::text
                          and a.action = 'ledger.seal' and a.after ->> 'hash' = encode(s.hash, 'hex'))
     order by 1 limit :most""",
)

PROOFS = (SEALED, CHAINED)

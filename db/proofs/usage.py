"""Proofs about usage: every record is charged exactly once."""

from db.proofs.proof import Proof

CHARGED_ONCE = Proof(
    name="usage_charged_once",
    says="What the records of a ledger entry cost is what the entry posted, to the nano",
    windowed=True,
    sql="""
    with records as materialized (
      select organization_id, posting_id, sum(amount_nanos) as amount, coalesce(sum(cost_nanos), 0) as cost
        from usage where state = 'priced' and posting_id >= :from_id and posting_id < :until_id group by 1, 2
    ), entries as materialized (
      select organization_id, entry_id,
             coalesce(sum(amount_nanos) filter (where credit = 'revenue:usage'), 0) as amount,
             coalesce(sum(amount_nanos) filter (where credit = 'payable:provider'), 0) as cost
        from postings
       where entry_id >= :from_id and entry_id < :until_id and credit in ('revenue:usage', 'payable:provider')
       group by 1, 2
    )
    select 'entry_' || replace(coalesce(e.entry_id, r.posting_id)::text, '-', '') as subject_id,
           coalesce(e.organization_id, r.organization_id) as organization_id,
           format('records come to %s nanos (cost %s), postings to %s (cost %s)', coalesce(r.amount, 0),
                  coalesce(r.cost, 0), coalesce(e.amount, 0), coalesce(e.cost, 0)) as detail
      from records r
      full join entries e on e.entry_id = r.posting_id and e.organization_id = r.organization_id
     where coalesce(r.amount, 0) <> coalesce(e.amount, 0) or coalesce(r.cost, 0) <> coalesce(e.cost, 0)
     order by 1 limit :most""",
)

NEVER_UNCHARGED = Proof(
    name="usage_never_uncharged",
    says="A priced record that costs anything is posted, and only priced records are",
    sql="""
    select organization_id || '/' || id as subject_id, organization_id,
           format('the record is %s, costs %s nanos, and names %s', state, coalesce(amount_nanos::text, 'unknown'),
                  case when posting_id is null then 'no posting' else 'a posting' end) as detail
      from usage
     where (state = 'priced' and amount_nanos is null)
        or (state = 'priced' and posting_id is null and (amount_nanos > 0 or cost_nanos > 0))
        or (state <> 'priced' and posting_id is not null)
     order by 1 limit :most""",
)

STORED_ONCE = Proof(
    name="usage_stored_once",
    says="A record is stored once, at the time its identity was given",
    windowed=True,
    sql="""
    with stored as materialized (
      select organization_id, id, count(*) as times, min(occurred_at) as occurred_at
        from usage where posting_id >= :from_id and posting_id < :until_id group by 1, 2
    )
    select s.organization_id || '/' || s.id as subject_id, s.organization_id,
           case when s.times > 1 then format('the record is stored %s times', s.times)
                when k.id is null then 'the record has no identity'
                else 'the record is stored at another time than its identity' end as detail
      from stored s left join usage_keys k on k.organization_id = s.organization_id and k.id = s.id
     where s.times > 1 or k.occurred_at is distinct from s.occurred_at
     order by 1 limit :most""",
)

IDENTITIES_STORED = Proof(
    name="usage_identities_stored",
    says="Every identity that was given has its record, and there are no others",
    scope="full",
    sql="""
    with lost as (
      select k.organization_id || '/' || k.id as subject_id, k.organization_id,
             'the identity is taken and there is no record' as detail
        from usage_keys k
       where not exists (select from usage u where u.organization_id = k.organization_id and u.id = k.id
                            and u.occurred_at = k.occurred_at)
       order by 1 limit :most
    ), counted as (
      select 'org_' || replace(coalesce(u.organization_id, k.organization_id)::text, '-', '') as subject_id,
             coalesce(u.organization_id, k.organization_id) as organization_id,
             format('%s records have %s identities', coalesce(u.times, 0), coalesce(k.times, 0)) as detail
        from (select organization_id, count(*) as times from usage group by 1) u
        full join (select organization_id, count(*) as times from usage_keys group by 1) k
          on k.organization_id = u.organization_id
       where coalesce(u.times, 0) <> coalesce(k.times, 0)
    )
    select * from lost union all select * from counted order by 1 limit :most""",
)

ROLLUPS_EQUAL_RECORDS = Proof(
    name="rollups_equal_records",
    says="The hourly totals are the sums of the priced records folded into them",
    scope="full",
    sql="""
    with records as (
      select organization_id, date_trunc('month', occurred_at at time zone 'UTC') as month, count(*) as requests,
             coalesce(sum(amount_nanos), 0) as amount
        from usage where state = 'priced' and batch_id not in (select id from usage_batches) group by 1, 2
    ), totals as (
      select organization_id, date_trunc('month', hour at time zone 'UTC') as month, sum(requests) as requests,
             sum(amount_nanos) as amount
        from usage_by_hour group by 1, 2
    )
    select coalesce(r.organization_id, t.organization_id) || '/' || to_char(coalesce(r.month, t.month), 'YYYY-MM')
             as subject_id, coalesce(r.organization_id, t.organization_id) as organization_id,
           format('%s records come to %s nanos, the totals say %s and %s', coalesce(r.requests, 0),
                  coalesce(r.amount, 0), coalesce(t.requests, 0), coalesce(t.amount, 0)) as detail
      from records r full join totals t on t.organization_id = r.organization_id and t.month = r.month
     where coalesce(r.requests, 0) <> coalesce(t.requests, 0) or coalesce(r.amount, 0) <> coalesce(t.amount, 0)
     order by 1 limit :most""",
)

FOLDED_SOON = Proof(
    name="rollups_are_fresh",
    says="Records are folded into the totals within a minute",
    kind="warning",
    sql="""
    select 'usage_batches' as subject_id, null::uuid as organization_id,
           format('%s batches wait to be folded, the oldest since %s', count(*), min(received_at)) as detail
      from usage_batches having min(received_at) < now() - interval '1 minute' limit :most""",
)

QUARANTINE_SHORT = Proof(
    name="quarantine_is_short",
    says="A record waits at most a day for the price of its model",
    kind="warning",
    sql="""
    select left(provider || '/' || model || case when meter <> '' then '/' || meter else '' end, 300) as subject_id,
           null::uuid as organization_id,
           format('%s records wait for a price, the first since %s', count(*), min(received_at)) as detail
      from usage where state = 'quarantined'
       and organization_id not in (select id from organizations where state = 'deleted')
     group by provider, model, meter having min(received_at) < now() - interval '1 day'
     order by 1 limit :most""",
)

PROOFS = (
    CHARGED_ONCE,
    NEVER_UNCHARGED,
    STORED_ONCE,
    IDENTITIES_STORED,
    ROLLUPS_EQUAL_RECORDS,
    FOLDED_SOON,
    QUARANTINE_SHORT,
)

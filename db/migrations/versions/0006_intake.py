"""Taking usage in: debit of wallets, and the one statement that stores, prices and debits a batch."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CHARGE = """
-- Debits each organization once: credit lots by priority and expiry as far as the wallet reaches, the rest to the
-- receivable; books the provider's cost. The caller holds the wallets' locks. Arrays run in parallel.
create function charge_wallets(orgs uuid[], entries uuid[], amounts bigint[], costs bigint[], cause text, at timestamptz)
returns void language sql as $$
  with due as materialized (
    select d.organization_id, d.entry_id, d.amount, d.cost, w.currency, greatest(0, w.balance_nanos - w.held_nanos - w.floor_nanos) as available
      from unnest(orgs, entries, amounts, costs) as d (organization_id, entry_id, amount, cost)
      join wallets w on w.organization_id = d.organization_id
  ), draws as materialized (
    select *, least(remaining_nanos, greatest(0, least(amount, available) - before)) as taken
      from (select l.id as lot_id, l.kind, l.remaining_nanos, d.*,
                   sum(l.remaining_nanos) over (partition by l.organization_id order by l.priority, l.expires_at nulls last, l.id) - l.remaining_nanos as before
              from due d join credit_lots l on l.organization_id = d.organization_id and l.remaining_nanos > 0
             where d.amount > 0 and d.available > 0 and (l.expires_at is null or l.expires_at > at)) lots
  ), taken_lots as (
    update credit_lots l set remaining_nanos = l.remaining_nanos - d.taken from draws d where l.id = d.lot_id and d.taken > 0
  ), taken as materialized (
    select organization_id, sum(taken)::bigint as taken from draws group by organization_id having sum(taken) > 0
  ), taken_wallets as (
    update wallets w set balance_nanos = w.balance_nanos - t.taken from taken t where w.organization_id = t.organization_id
  )
  insert into postings (id, entry_id, organization_id, debit, credit, amount_nanos, currency, cause, lot_id, key, posted_at)
  select uuidv7(), entry_id, organization_id, 'wallet:' || kind, 'revenue:usage', taken, currency, $5, lot_id, $5 || ':' || entry_id || ':' || lot_id, $6
    from draws where taken > 0
  union all
  select uuidv7(), d.entry_id, d.organization_id, 'receivable:unbilled', 'revenue:usage', d.amount - coalesce(t.taken, 0), d.currency, $5, null, $5 || ':' || d.entry_id, $6
    from due d left join taken t on t.organization_id = d.organization_id where d.amount > coalesce(t.taken, 0)
  union all
  select uuidv7(), entry_id, organization_id, 'cost:provider', 'payable:provider', cost, 'USD', $5, null, $5 || ':' || entry_id || ':cost', $6
    from due where cost > 0
$$;
"""

BOOKS = """
-- Price versions with the instant each one ends, names of aliases included.
create view price_spans as
  select p.id, p.organization_id, p.provider, n.model, p.meter, p.currency, p.input_per_million_nanos as input_rate, p.output_per_million_nanos as output_rate,
         coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate, p.unit_nanos, p.effective_at,
         lead(p.effective_at, 1, 'infinity') over (partition by p.organization_id, p.provider, n.model, p.meter, p.currency order by p.effective_at) as until
    from prices p
    cross join lateral (select p.model union all select a.alias from model_aliases a where a.provider = p.provider and a.model = p.model) n (model);
create view list_price_spans as
  select p.id, p.provider, n.model, p.input_per_million_nanos as input_rate, p.output_per_million_nanos as output_rate,
         coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate, p.effective_at,
         lead(p.effective_at, 1, 'infinity') over (partition by p.provider, n.model order by p.effective_at) as until
    from list_prices p
    cross join lateral (select p.model union all select a.alias from model_aliases a where a.provider = p.provider and a.model = p.model) n (model);
grant select on price_spans, list_price_spans to backoffice_app;
"""

INCOMING = """
-- The session's staging tables, made once per connection; rows vanish with the transaction.
create function make_incoming() returns void language sql as $$
  create temp table if not exists incoming (
    n integer not null, organization_id uuid not null, id text not null, occurred_at timestamptz not null, project_id uuid,
    api_key_id text, bot_id text, end_user text, provider text not null, model text, environment text not null, status text not null,
    error text, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null, duration_ms bigint,
    meter text, quantity_micros bigint not null, payload_digest text
  ) on commit delete rows;
  create temp table if not exists incoming_payloads (
    organization_id uuid not null, id text not null, request text, response text
  ) on commit delete rows;
$$;
"""

# Nanos of a record at three rates, as `rate_tokens` says, written out: a call would cost ten times the sum.
TOKENS = """case when greatest(input_tokens, output_tokens) <= 1000000 and greatest({0}, {1}, {2}) <= 1000000000000
  then (((input_tokens - cached_input_tokens) * {0} + cached_input_tokens * {1} + output_tokens * {2})
        + 499999 + ((input_tokens - cached_input_tokens) * {0} + cached_input_tokens * {1} + output_tokens * {2}) / 1000000 % 2) / 1000000
  else rate_tokens(input_tokens, cached_input_tokens, output_tokens, {0}, {1}, {2}) end"""

# What a record says, as one number: the same id with another number is a conflict.
FINGERPRINT = """hash_record_extended(row(i.occurred_at, i.project_id, i.api_key_id, i.bot_id, i.end_user, i.provider, i.model,
  i.environment, i.status, i.error, i.input_tokens, i.output_tokens, i.cached_input_tokens, i.duration_ms, i.meter, i.quantity_micros, i.payload_digest), 0)"""

TAKE_IN = (
    """
-- Stores, prices and debits what was staged, all or nothing. One row per record that needs a word:
-- verdict 'unknown_organization', 'unknown_project', 'duplicate', 'conflict' or 'quarantined', by its number `n`.
create function take_in(at timestamptz) returns table (record integer, verdict text) language plpgsql
as $$
declare
  orgs uuid[]; known uuid[]; entries uuid[]; amounts bigint[]; costs bigint[]; stale integer[]; unpriced integer[]; batch bigint;
begin
  select array_agg(distinct organization_id) into orgs from incoming;
  select array_agg(organization_id) into known
    from (select w.organization_id from wallets w where w.organization_id = any (orgs) order by 1 for update) locked;
  if cardinality(orgs) <> coalesce(cardinality(known), 0) then
    return query with gone as (delete from incoming where organization_id <> all (coalesce(known, '{}')) returning n)
      select n, 'unknown_organization' from gone;
  end if;
  if exists (select from (select distinct organization_id, project_id from incoming where project_id is not null) i
             left join projects p on p.id = i.project_id and p.organization_id = i.organization_id where p.id is null) then
    return query with gone as (delete from incoming i where project_id is not null and not exists
        (select from projects p where p.id = i.project_id and p.organization_id = i.organization_id) returning n)
      select n, 'unknown_project' from gone;
  end if;
  insert into usage_batches (records, first_at, last_at, received_at)
    select count(*), min(occurred_at), max(occurred_at), at from incoming having count(*) > 0 returning id into batch;
  if batch is null then return; end if;

  with wanted as materialized (
    select distinct provider, coalesce(model, '') as model, coalesce(meter, '') as meter from incoming
  ), accounts as materialized (
    select w.organization_id, w.currency, w.invoiced_until, date_trunc('month', (w.invoiced_until + interval '2 days') at time zone o.time_zone)::date as open_month, uuidv7() as entry_id
      from wallets w join organizations o on o.id = w.organization_id where w.organization_id = any (known)
  ), book as materialized (
    select s.* from price_spans s join wanted x on x.provider = s.provider and x.model = s.model and x.meter = s.meter
     where s.organization_id is null
  ), own_book as materialized (
    select s.* from price_spans s join wanted x on x.provider = s.provider and x.model = s.model and x.meter = s.meter
     where s.organization_id = any (known)
  ), list_book as materialized (
    select s.* from list_price_spans s join wanted x on x.provider = s.provider and x.model = s.model
  ), fresh as (
    insert into usage_keys (organization_id, id, occurred_at, fingerprint)
    select i.organization_id, i.id, i.occurred_at, fingerprint(i) from incoming i
    on conflict do nothing returning usage_keys.organization_id, usage_keys.id
  ), looked_up as (
    select i.*, a.currency, a.entry_id, case when i.occurred_at < a.invoiced_until then a.open_month end as billed_in,
           coalesce(o.id, b.id) as price_id, coalesce(o.input_rate, b.input_rate) as ir, coalesce(o.cached_rate, b.cached_rate) as cr,
           coalesce(o.output_rate, b.output_rate) as outr, coalesce(o.unit_nanos, b.unit_nanos) as unit_nanos,
           l.id as list_price_id, l.input_rate as lir, l.cached_rate as lcr, l.output_rate as loutr
      from fresh f
      join incoming i on i.organization_id = f.organization_id and i.id = f.id
      join accounts a on a.organization_id = i.organization_id
      left join own_book o on o.organization_id = i.organization_id and o.provider = i.provider and o.model = coalesce(i.model, '')
            and o.meter = coalesce(i.meter, '') and o.currency = a.currency and o.effective_at <= i.occurred_at and o.until > i.occurred_at
      left join book b on b.provider = i.provider and b.model = coalesce(i.model, '')
            and b.meter = coalesce(i.meter, '') and b.currency = a.currency and b.effective_at <= i.occurred_at and b.until > i.occurred_at
      left join list_book l on l.provider = i.provider and l.model = coalesce(i.model, '') and l.effective_at <= i.occurred_at and l.until > i.occurred_at
  ), rated as materialized (
    select r.*,
           case when environment <> 'production' then 'not_billed' when price_id is null then 'quarantined' else 'priced' end as state,
           case when environment <> 'production' then 0
                when meter is not null then half_even(quantity_micros::numeric * unit_nanos, 1000000)
                else tokens(ir, cr, outr) end as amount_nanos,
           case when meter is null then tokens(lir, lcr, loutr) end as cost_nanos
      from looked_up r
  ), stored as (
    insert into usage (organization_id, id, occurred_at, received_at, project_id, api_key_id, bot_id, end_user, provider, model, environment, state, status, error,
      input_tokens, output_tokens, cached_input_tokens, duration_ms, meter, quantity_micros, price_id, list_price_id, amount_nanos, cost_nanos, posting_id, billed_in, batch_id)
    select organization_id, id, occurred_at, at, project_id, api_key_id, bot_id, end_user, provider, coalesce(model, ''), environment, state, status, error,
      input_tokens, output_tokens, cached_input_tokens, duration_ms, coalesce(meter, ''), quantity_micros,
      case when state = 'priced' then price_id end, list_price_id, amount_nanos, case when state = 'priced' then cost_nanos end,
      case when state = 'priced' and (amount_nanos > 0 or cost_nanos > 0) then entry_id end, billed_in, batch
      from rated
  ), kept_payloads as (
    insert into usage_payloads (organization_id, id, received_at, request, response)
    select p.organization_id, p.id, at, p.request, p.response from fresh f join incoming_payloads p on p.organization_id = f.organization_id and p.id = f.id
  ), sums as (
    select organization_id, entry_id, sum(amount_nanos)::bigint as amount, coalesce(sum(cost_nanos), 0)::bigint as cost
      from rated where state = 'priced' group by 1, 2 having sum(amount_nanos) > 0 or sum(cost_nanos) > 0
  )
  select (select array_agg(organization_id order by organization_id) from sums), (select array_agg(entry_id order by organization_id) from sums),
         (select array_agg(amount order by organization_id) from sums), (select array_agg(cost order by organization_id) from sums),
         (select array_agg(i.n) from incoming i left join fresh f on f.organization_id = i.organization_id and f.id = i.id where f.id is null),
         (select array_agg(n) from rated where state = 'quarantined')
    into known, entries, amounts, costs, stale, unpriced;

  if known is not null then perform charge_wallets(known, entries, amounts, costs, 'usage', at); end if;
  if unpriced is not null then return query select unnest(unpriced), 'quarantined'; end if;
  if stale is not null then
    return query select i.n, case when k.fingerprint = fingerprint(i) then 'duplicate' else 'conflict' end
      from incoming i join usage_keys k on k.organization_id = i.organization_id and k.id = i.id where i.n = any (stale);
    update usage_batches set records = records - cardinality(stale) where id = batch;
  end if;
end $$;
""".replace("fingerprint(i)", FINGERPRINT)
    .replace("tokens(ir, cr, outr)", TOKENS.format("ir", "cr", "outr"))
    .replace("tokens(lir, lcr, loutr)", TOKENS.format("lir", "lcr", "loutr"))
)

# A few records in one round trip: COPY into the staging table would take five.
TAKE_IN_FEW = """
create function take_in_few(lines text, at timestamptz) returns table (record integer, verdict text) language plpgsql as $$
begin
  insert into incoming
    select f[1]::integer, f[2]::uuid, f[3], f[4]::timestamptz, nullif(f[5], '')::uuid, nullif(f[6], ''), nullif(f[7], ''), nullif(f[8], ''),
           f[9], nullif(f[10], ''), f[11], f[12], nullif(f[13], ''), f[14]::bigint, f[15]::bigint, f[16]::bigint, nullif(f[17], '')::bigint,
           nullif(f[18], ''), f[19]::bigint, nullif(f[20], '')
      from (select string_to_array(line, E'\\t') as f from string_to_table(lines, E'\\n') line where line <> '') fields;
  return query select * from take_in(at);
end $$;
"""


def upgrade() -> None:
    for statements in (CHARGE, BOOKS, INCOMING, TAKE_IN, TAKE_IN_FEW):
        op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def downgrade() -> None:
    op.execute("drop function take_in_few(text, timestamptz)")
    op.execute("drop function take_in(timestamptz)")
    op.execute("drop function make_incoming()")
    op.execute("drop view list_price_spans, price_spans")
    op.execute("drop function charge_wallets(uuid[], uuid[], bigint[], bigint[], text, timestamptz)")

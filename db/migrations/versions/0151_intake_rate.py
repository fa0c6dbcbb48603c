"""Taking usage in, quicker: identities inserted without asking first, wallets locked last.

Two commits for the same organizations work side by side until their money moves; only there they wait for each other.
"""

from importlib import import_module

from alembic import op

revision = "0151"
down_revision = "0150"
branch_labels = None
depends_on = None

_FIRST = import_module("db.migrations.versions.0006_intake")

INCOMING = """
-- Texts are stored plain, since their lengths are limited at the door: a table that needs no second one for long
-- texts is emptied at every commit with a third of the work. Payloads are emptied where they are used.
create function make_incoming() returns void language sql as $$
  create temp table if not exists incoming (
    n integer not null, organization_id uuid not null, id text storage plain not null,
    occurred_at timestamptz not null, project_id uuid, api_key_id text storage plain, bot_id text storage plain,
    end_user text storage plain, provider text storage plain not null, model text storage plain,
    environment text storage plain not null, status text storage plain not null, error text storage plain,
    input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
    duration_ms bigint, meter text storage plain, quantity_micros bigint not null, payload_digest text storage plain
  ) on commit delete rows;
  create temp table if not exists incoming_payloads (
    organization_id uuid not null, id text not null, request text, response text
  );
$$;
"""

# The first way inserts as if every record were new, at half the cost; the savepoint is undone when one is not.
IDENTITIES = """
  begin
    insert into usage_keys (organization_id, id, occurred_at, fingerprint)
    select i.organization_id, i.id, i.occurred_at, fingerprint(i) from incoming i order by i.organization_id, i.id;
  exception when unique_violation then
    insert into usage_keys (organization_id, id, occurred_at, fingerprint)
    select i.organization_id, i.id, i.occurred_at, fingerprint(i) from incoming i
     order by i.organization_id, i.id, i.n on conflict do nothing;
    return query with staged as (
        select i.n, k.fingerprint = fingerprint(i) as is_same,
               k.xmin <> pg_current_xact_id()::xid
                 or row_number() over (partition by i.organization_id, i.id order by i.n) > 1 as is_known
          from incoming i cross join lateral (
            select fingerprint, xmin from usage_keys
             where usage_keys.organization_id = i.organization_id and usage_keys.id = i.id offset 0) k
      ), gone as (
        delete from incoming i using staged s where s.n = i.n and s.is_known returning i.n, s.is_same
      )
      select n, case when is_same then 'duplicate' else 'conflict' end from gone;
  end;
"""

# The books are handed on as arrays: of those the planner expects ten rows and hashes them, of a list of its own
# making it expects one and reads it anew for every record.
RATED = """
    select r.*,
           case when environment <> 'production' then 'not_billed'
                when price_id is null then 'quarantined' else 'priced' end as state,
           case when environment <> 'production' then 0
                when meter is not null then half_even(quantity_micros::numeric * unit_nanos, 1000000)
                else tokens(ir, cr, outr) end as amount_nanos,
           case when meter is null then tokens(lir, lcr, loutr) end as cost_nanos
      from (
        select i.*, a.entry_id, case when i.occurred_at < a.invoiced_until then a.open_month end as billed_in,
               coalesce(o.id, b.id) as price_id, coalesce(o.input_rate, b.input_rate) as ir,
               coalesce(o.cached_rate, b.cached_rate) as cr, coalesce(o.output_rate, b.output_rate) as outr,
               coalesce(o.unit_nanos, b.unit_nanos) as unit_nanos,
               l.id as list_price_id, l.input_rate as lir, l.cached_rate as lcr, l.output_rate as loutr
          from incoming i
          join unnest(known, currencies, untils, months, entries)
               a (organization_id, currency, invoiced_until, open_month, entry_id)
            on a.organization_id = i.organization_id
          left join unnest(own_book) o
            on o.organization_id = i.organization_id and o.provider = i.provider and o.model = coalesce(i.model, '')
           and o.meter = coalesce(i.meter, '') and o.currency = a.currency
           and o.effective_at <= i.occurred_at and o.until > i.occurred_at
          left join unnest(book) b
            on b.provider = i.provider and b.model = coalesce(i.model, '')
           and b.meter = coalesce(i.meter, '') and b.currency = a.currency
           and b.effective_at <= i.occurred_at and b.until > i.occurred_at
          left join unnest(list_book) l
            on l.provider = i.provider and l.model = coalesce(i.model, '')
           and l.effective_at <= i.occurred_at and l.until > i.occurred_at
      ) r
"""

STORED = """
    insert into usage (
      organization_id, id, occurred_at, received_at, project_id, api_key_id, bot_id, end_user, provider, model,
      environment, state, status, error, input_tokens, output_tokens, cached_input_tokens, duration_ms, meter,
      quantity_micros, price_id, list_price_id, amount_nanos, cost_nanos, posting_id, billed_in, batch_id)
    select organization_id, id, occurred_at, at, project_id, api_key_id, bot_id, end_user, provider,
      coalesce(model, ''), environment, state, status, error, input_tokens, output_tokens, cached_input_tokens,
      duration_ms, coalesce(meter, ''), quantity_micros, case when state = 'priced' then price_id end, list_price_id,
      amount_nanos, case when state = 'priced' then cost_nanos end,
      case when state = 'priced' and (amount_nanos > 0 or cost_nanos > 0) then entry_id end, billed_in, batch
      from (rated) rated
    returning organization_id, state, posting_id, amount_nanos, cost_nanos
"""

TAKE_IN = """
-- Stores, prices and debits what was staged, all or nothing. One row per record that needs a word:
-- verdict 'unknown_organization', 'unknown_project', 'duplicate', 'conflict' or 'quarantined', by its number `n`.
-- Locks are taken in one order, identities before wallets, so commits never wait for each other in a circle.
create or replace function take_in(at timestamptz) returns table (record integer, verdict text) language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare
  orgs uuid[]; known uuid[]; currencies text[]; untils timestamptz[]; months date[]; entries uuid[];
  own_book price_spans[]; book price_spans[]; list_book list_price_spans[];
  charged uuid[]; charges uuid[]; amounts bigint[]; costs bigint[]; moved uuid[]; unpriced bigint; batch bigint;
begin
  orgs := array(select distinct organization_id from incoming);
  select array_agg(w.organization_id), array_agg(w.currency), array_agg(w.invoiced_until),
         array_agg(open_month(w.invoiced_until, o.time_zone)), array_agg(uuidv7())
    into known, currencies, untils, months, entries
    from wallets w join organizations o on o.id = w.organization_id where w.organization_id = any (orgs);
  if cardinality(orgs) <> coalesce(cardinality(known), 0) then
    return query with gone as (
        delete from incoming where organization_id <> all (coalesce(known, '{}')) returning n
      ) select n, 'unknown_organization' from gone;
  end if;
  if exists (select from incoming where project_id is not null) then
    return query with gone as (
        delete from incoming i where project_id is not null and not exists
          (select from projects p where p.id = i.project_id and p.organization_id = i.organization_id) returning n
      ) select n, 'unknown_project' from gone;
  end if;
identities
  insert into usage_batches (records, first_at, last_at, received_at)
    select count(*), min(occurred_at), max(occurred_at), at from incoming having count(*) > 0 returning id into batch;
  if batch is null then return; end if;

  with wanted as materialized (
    select distinct provider, coalesce(model, '') as model, coalesce(meter, '') as meter from incoming
  )
  select array(select s.p from wanted x cross join lateral (
           select p from price_spans p where p.provider = x.provider and p.model = x.model and p.meter = x.meter
              and p.organization_id = any (known) offset 0) s),
         array(select s.p from wanted x cross join lateral (
           select p from price_spans p where p.provider = x.provider and p.model = x.model and p.meter = x.meter
              and p.organization_id is null offset 0) s),
         array(select s.p from (select distinct provider, model from wanted) x cross join lateral (
           select p from list_price_spans p where p.provider = x.provider and p.model = x.model offset 0) s)
    into own_book, book, list_book;

  with stored as (stored), sums as (
    select organization_id, posting_id, sum(amount_nanos)::bigint as amount,
           coalesce(sum(cost_nanos), 0)::bigint as cost, count(*) filter (where state = 'quarantined') as unpriced
      from stored group by 1, 2
  )
  select array_agg(organization_id) filter (where posting_id is not null),
         array_agg(posting_id) filter (where posting_id is not null),
         array_agg(amount) filter (where posting_id is not null),
         array_agg(cost) filter (where posting_id is not null), sum(s.unpriced)
    into charged, charges, amounts, costs, unpriced from sums s;

  if exists (select from incoming_payloads) then
    insert into usage_payloads (organization_id, id, received_at, request, response)
    select p.organization_id, p.id, at, p.request, p.response
      from incoming i join incoming_payloads p on p.organization_id = i.organization_id and p.id = i.id;
    truncate incoming_payloads;
  end if;

  -- From here on nobody else moves these organizations' money. Whose month was invoiced meanwhile is late by now.
  select array_agg(l.organization_id) into moved
    from (select w.organization_id, w.invoiced_until from wallets w
           where w.organization_id = any (known) order by 1 for update) l
    join unnest(known, untils) r (organization_id, invoiced_until) on r.organization_id = l.organization_id
   where l.invoiced_until is distinct from r.invoiced_until;
  if moved is not null then
    update usage u set billed_in = open_month(w.invoiced_until, o.time_zone)
      from wallets w join organizations o on o.id = w.organization_id
     where w.organization_id = any (moved) and u.organization_id = w.organization_id and u.batch_id = batch
       and u.occurred_at < w.invoiced_until;
  end if;
  if charged is not null then perform charge_wallets(charged, charges, amounts, costs, 'usage', at); end if;
  if unpriced > 0 then
    return query select i.n, 'quarantined' from incoming i
      join usage u on u.organization_id = i.organization_id and u.occurred_at = i.occurred_at and u.id = i.id
       and u.state = 'quarantined';
  end if;
end $$;
"""

OPEN_MONTH = """
-- The month that carries usage which comes after its own was invoiced.
create function open_month(invoiced_until timestamptz, zone text) returns date language sql stable
return date_trunc('month', (invoiced_until + interval '2 days') at time zone zone)::date;
"""


def _take_in() -> str:
    rated = RATED.replace("tokens(ir, cr, outr)", _FIRST.TOKENS.format("ir", "cr", "outr"))
    rated = rated.replace("tokens(lir, lcr, loutr)", _FIRST.TOKENS.format("lir", "lcr", "loutr"))
    stored = STORED.replace("(rated)", f"({rated})")
    function = TAKE_IN.replace("identities\n", IDENTITIES).replace("(stored),", f"({stored}),")
    return function.replace("fingerprint(i)", _FIRST.FINGERPRINT)


def upgrade() -> None:
    op.execute("drop function make_incoming()")
    for statements in (OPEN_MONTH, INCOMING, _take_in()):
        op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def downgrade() -> None:
    op.execute("drop function take_in(timestamptz)")
    op.execute("drop function make_incoming()")
    op.execute("drop function open_month(timestamptz, text)")
    for statements in (_FIRST.INCOMING, _FIRST.TAKE_IN):
        op.get_bind().exec_driver_sql(statements.replace("%", "%%"))

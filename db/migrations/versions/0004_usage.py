"""Usage: records by month, identity apart, payloads apart, narrow roll-ups, and the statement that takes records in."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
-- One request. No foreign keys: the statement that inserts joins organizations and projects under the wallet's lock,
-- and the money proofs re-check; a key would cost a third of the rate.
create table usage (
  organization_id uuid not null,
  id text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  project_id uuid,
  api_key_id text,
  bot_id text,
  end_user text,
  provider text not null,
  model text not null,
  environment text not null,
  state text not null,
  status text not null,
  error text,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_input_tokens bigint not null,
  duration_ms bigint,
  meter text not null,
  quantity_micros bigint not null,
  price_id uuid,
  list_price_id uuid,
  amount_nanos bigint,
  cost_nanos bigint,
  posting_id uuid,
  billed_in date,
  batch_id bigint not null
) partition by range (occurred_at);
create index usage_by_time on usage (organization_id, occurred_at, id);
create index usage_late on usage (organization_id, billed_in) where billed_in is not null;
create index usage_quarantined on usage (provider, model, meter, occurred_at) where state = 'quarantined';
create index usage_batch on usage using brin (batch_id) with (pages_per_range = 16, autosummarize = on);
create index usage_posting on usage using brin (posting_id) with (pages_per_range = 16, autosummarize = on);
create table usage_beyond partition of usage default;

-- A record's identity is (organization, id) whatever its time.
create table usage_keys (
  organization_id uuid not null,
  id text not null,
  occurred_at timestamptz not null,
  fingerprint bigint not null,
  primary key (organization_id, id)
) partition by hash (organization_id, id);

create table usage_payloads (
  organization_id uuid not null,
  id text not null,
  received_at timestamptz not null,
  request text,
  response text
) partition by range (received_at);
create index usage_payloads_record on usage_payloads (organization_id, id);
create table usage_payloads_beyond partition of usage_payloads default;

-- Committed batches that the roll-ups have not folded in yet: this table is their position.
create table usage_batches (
  id bigint generated always as identity primary key,
  records integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  received_at timestamptz not null
);

create table usage_by_hour (
  organization_id uuid not null, hour timestamptz not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, hour)
);
create table usage_by_model (
  organization_id uuid not null, provider text not null, model text not null, hour timestamptz not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, hour, provider, model)
);
create table usage_by_project (
  organization_id uuid not null, project_id uuid not null, hour timestamptz not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, hour, project_id)
);
create table usage_by_user (
  organization_id uuid not null, end_user text not null, day date not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, day, end_user)
);
create table usage_by_key (
  organization_id uuid not null, api_key_id text not null, day date not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, day, api_key_id)
);
create table usage_by_bot (
  organization_id uuid not null, bot_id text not null, day date not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, day, bot_id)
);
-- All organizations together, for the overview: few rows whatever the number of organizations.
create table usage_by_platform (
  currency text not null, provider text not null, model text not null, hour timestamptz not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null, cached_input_tokens bigint not null,
  amount_nanos numeric not null, cost_nanos numeric not null, duration_ms bigint not null, timed bigint not null,
  primary key (hour, currency, provider, model)
);
"""

KEY_PARTITIONS = "".join(
    f"create table usage_keys_{n} partition of usage_keys for values with (modulus 8, remainder {n});\n"
    for n in range(8)
)

FUNCTIONS = """
-- Makes the month's partition of usage (or of payloads) unless it is there; rows that fell beyond move into it.
create function ensure_month_partition(parent text, month date) returns boolean language plpgsql security definer set search_path = public as $$
declare
  name text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
  beyond text := parent || '_beyond';
  at_column text := case parent when 'usage' then 'occurred_at' else 'received_at' end;
  from_at timestamptz := date_trunc('month', month)::timestamp at time zone 'UTC';
  until_at timestamptz := (date_trunc('month', month) + interval '1 month')::timestamp at time zone 'UTC';
begin
  if parent not in ('usage', 'usage_payloads') then raise exception 'no partitions are made for %', parent; end if;
  if to_regclass(name) is not null then return false; end if;
  perform pg_advisory_xact_lock(hashtext('ensure_month_partition'));
  -- Asked of the catalog's rows: to_regclass would answer from a cache older than the lock.
  if exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then return false; end if;
  execute format('create table %I (like %I including defaults including constraints)', name, parent);
  execute format('with moved as (delete from %I where %I >= %L and %I < %L returning *) insert into %I select * from moved',
                 beyond, at_column, from_at, at_column, until_at, name);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name, from_at, until_at);
  execute format('grant select, insert, update, delete on %I to backoffice_app', name);
  return true;
end $$;

-- Nanos for tokens at rates per million, half-even, exact in whole numbers; the same rule as domain/rating.py.
create function rate_tokens(input bigint, cached bigint, output bigint, input_rate bigint, cached_rate bigint, output_rate bigint)
returns bigint language sql immutable parallel safe
begin atomic
  select case when input_rate <= 1000000000000 and cached_rate <= 1000000000000 and output_rate <= 1000000000000
    then (select whole + n / 1000000 + case when n % 1000000 > 500000 or (n % 1000000 = 500000 and (whole + n / 1000000) % 2 = 1) then 1 else 0 end
            from (select (input - cached) / 1000000 * input_rate + cached / 1000000 * cached_rate + output / 1000000 * output_rate as whole,
                         (input - cached) % 1000000 * input_rate + cached % 1000000 * cached_rate + output % 1000000 * output_rate as n) parts)
    else half_even((input - cached)::numeric * input_rate + cached::numeric * cached_rate + output::numeric * output_rate, 1000000) end;
end;
"""

HALF_EVEN = """
-- Whole-number division rounded to nearest, ties to even.
create function half_even(numerator numeric, denominator bigint) returns bigint language sql immutable parallel safe
begin atomic
  select (q + case when 2 * (numerator - q * denominator) > denominator
                     or (2 * (numerator - q * denominator) = denominator and q % 2 <> 0) then 1 else 0 end)::bigint
    from (select floor(numerator / denominator) as q) parts;
end;
"""

GRANTS = """
call open_to_clients('usage', 'select');
call open_to_clients('usage_payloads', 'select');
call open_to_clients('usage_by_hour', 'select');
call open_to_clients('usage_by_model', 'select');
call open_to_clients('usage_by_project', 'select');
call open_to_clients('usage_by_user', 'select');
call open_to_clients('usage_by_key', 'select');
call open_to_clients('usage_by_bot', 'select');
grant execute on function ensure_month_partition to backoffice_app;
"""

DOWN = """
drop table usage, usage_keys, usage_payloads, usage_batches, usage_by_hour, usage_by_model, usage_by_project, usage_by_user, usage_by_key, usage_by_bot, usage_by_platform cascade;
drop function ensure_month_partition(text, date);
drop function rate_tokens(bigint, bigint, bigint, bigint, bigint, bigint);
drop function half_even(numeric, bigint);
"""


def upgrade() -> None:
    for statements in (TABLES, KEY_PARTITIONS, HALF_EVEN, FUNCTIONS, GRANTS):
        op.execute(statements)


def downgrade() -> None:
    op.execute(DOWN)

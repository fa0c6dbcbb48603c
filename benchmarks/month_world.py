"""A month of records for the month-end: clients, prices, and what every record posted."""

import psycopg

_WORLD = """
insert into legal_entities (code, name, country, number_prefix) values ('main', 'Bench', 'US', 'B-');
insert into tax_rates values (uuidv7(), 'US', '', 'Sales tax', 80000, '2020-01-01', now());
insert into organizations
  select uuidv7(), 'Client ' || n, 'a@b.example', 'USD', 'UTC', 'US', 'postpaid', 'active', 'main', now(), now()
    from generate_series(1, {organizations}) n;
insert into wallets (organization_id, currency) select id, currency from organizations;
insert into billing_profiles (organization_id, updated_at) select id, now() from organizations;
insert into prices (id, provider, model, currency, input_per_million_nanos, output_per_million_nanos,
  cached_input_per_million_nanos, effective_at, created_at, created_by)
  select uuidv7(), 'openai', 'model-' || n, 'USD', n * 1000000000::bigint, n * 4000000000::bigint, n * 250000000::bigint,
         '2020-01-01', now(), 'bench' from generate_series(0, 4) n;
select ensure_month_partition('usage', '2026-10-01');
create table bench_clients as
  select row_number() over (order by id) - 1 as number, id, uuidv7() as entry_id from organizations;
create table bench_prices as select row_number() over (order by model) - 1 as number, * from prices;
create unique index on bench_clients (number);
analyze;
"""
# In the order of time; the organizations take turns in no order, so that none lies together.
_RECORDS = """
insert into usage (organization_id, id, occurred_at, received_at, provider, model, environment, state, status, input_tokens,
  output_tokens, cached_input_tokens, duration_ms, meter, quantity_micros, price_id, amount_nanos, cost_nanos, posting_id,
  batch_id)
select c.id, 'req-' || n, '2026-10-01Z'::timestamptz + n * (interval '2678000 seconds' / {records}), now(), 'openai', p.model,
       'production', 'priced', 'ok', t.input, t.output, t.cached, 200, '', 0, p.id,
       rate_tokens(t.input, t.cached, t.output, p.input_per_million_nanos, p.cached_input_per_million_nanos,
                   p.output_per_million_nanos), 1000, c.entry_id, 1
  from generate_series(%s::bigint, %s::bigint) n
  cross join lateral (select 500 + n %% 3000 as input, 50 + n %% 700 as output, n %% 400 as cached) t
  join bench_clients c on c.number = (n * 7919) %% {organizations}
  join bench_prices p on p.number = (n / {organizations}) %% 5
"""
_UNBILLED = """
insert into postings (id, entry_id, organization_id, debit, credit, amount_nanos, currency, cause, key, posted_at)
  select uuidv7(), posting_id, organization_id, 'receivable:unbilled', 'revenue:usage', sum(amount_nanos), 'USD', 'usage',
         'usage:' || posting_id, now() from usage group by posting_id, organization_id;
insert into usage_batches (records, first_at, last_at, received_at)
  select count(*), min(occurred_at), max(occurred_at), now() from usage;
vacuum analyze usage;
analyze postings, organizations, wallets;
checkpoint;
"""


def fill(url: str, organizations: int, records: int) -> None:
    """The clients, their prices and their records."""
    facts = {"organizations": organizations, "records": records}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute(_WORLD.format(**facts).encode())
        for first in range(0, records, 500_000):
            last = min(first + 500_000, records) - 1
            connection.execute(_RECORDS.format(**facts).encode(), (first, last))
        for statement in _UNBILLED.split(";"):
            connection.execute(statement.encode())

"""A year of plausible usage, made in SQL: a heavy tail of clients and users, a rare model, errors, unpriced and test records."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from sqlalchemy import text

from db import rollups
from db.engine import Database

CLIENTS = 500
YEAR_ENDS = datetime(2026, 11, 21, 12, tzinfo=UTC)
YEAR_BEGINS = YEAR_ENDS - timedelta(days=365)
CHUNK = 500_000


def client(number: int) -> UUID:
    """The organization of that number; 0 is the large one."""
    return UUID(f"01900000-0000-7000-8000-{number:012d}")


LARGE, SMALL = client(0), client(CLIENTS - 1)
_CLIENTS = """
insert into legal_entities (code, name, country, number_prefix) values ('main', 'Bench', 'US', 'B-');
insert into organizations
  (id, name, billing_email, currency, time_zone, country, billing_mode, legal_entity, created_at, updated_at)
  select format('01900000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, 'Client ' || n, 'a@b.example', 'USD', 'UTC', 'US',
         'postpaid', 'main', now(), now() from generate_series(0, {clients} - 1) n;
insert into wallets (organization_id, currency) select id, currency from organizations;
insert into projects (id, organization_id, name, created_at)
  select uuidv7(), o.id, 'Project ' || p, now() from organizations o, generate_series(1, 5) p;
"""
# Records arrive in the order of time. A fifth belong to the first client, the others follow a heavy tail.
_RECORDS = """
insert into usage (organization_id, id, occurred_at, received_at, project_id, api_key_id, bot_id, end_user, provider, model,
  environment, state, status, input_tokens, output_tokens, cached_input_tokens, duration_ms, meter, quantity_micros, amount_nanos,
  cost_nanos, batch_id)
select o.id, 'req-' || n, r.at, r.at, p.id, 'key-' || floor(power(random(), 2) * 40), 'bot-' || floor(power(random(), 2) * 20),
       'user-' || floor(power(random(), 3) * 20000), 'openai',
       case when random() < 0.000005 then 'rare' else 'model-' || floor(power(random(), 2) * 6) end,
       case when r.odd < 0.002 then 'test' else 'production' end,
       case when r.odd < 0.002 then 'not_billed' when r.odd < 0.003 then 'quarantined' else 'priced' end,
       case when random() < 0.00001 then 'refused' when random() < 0.01 then 'timeout' else 'ok' end,
       1000 + mod(n, 7000), 100 + mod(n, 900), mod(n, 1000), 200 + mod(n, 5000), '', 0,
       2500000 + mod(n, 100000), 1500000 + mod(n, 100000), %(batch)s
  from generate_series(%(first)s::bigint, %(last)s::bigint) n
  cross join lateral (
    select %(begins)s::timestamptz + %(step)s::interval * n as at, random() as odd,
           case when random() < 0.2 then 0 else floor(power(random() + n * 0, 3) * {clients}) end as client) r
  join bench_clients o on o.number = r.client
  join bench_projects p on p.number = r.client and p.k = mod(n, 5)
"""
_HELPERS = """
create temp table bench_clients as select (right(id::text, 12))::int as number, id from organizations;
create temp table bench_projects as
  select (right(organization_id::text, 12))::int as number, id,
         (row_number() over (partition by organization_id order by id) - 1)::int as k from projects;
analyze bench_clients; analyze bench_projects;
"""


async def generate(url: str, rows: int) -> None:
    """Fills an empty, migrated database."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("set synchronous_commit = off")
        await connection.execute(_CLIENTS.format(clients=CLIENTS).encode())
        await connection.execute(_HELPERS.encode())
        for month in range(13):
            at = YEAR_BEGINS + timedelta(days=31 * month)
            await connection.execute("select ensure_month_partition('usage', %s)", (at.date(),))
        step = (YEAR_ENDS - YEAR_BEGINS) / rows
        for number, first in enumerate(range(0, rows, CHUNK)):
            facts = {
                "first": first,
                "last": min(first + CHUNK, rows) - 1,
                "begins": YEAR_BEGINS,
                "step": step,
                "batch": number,
            }
            await connection.execute(_RECORDS.format(clients=CLIENTS).encode(), facts)


async def fill(url: str, rows: int) -> None:
    """A year of records, folded and closed; prints what that costs."""
    database = Database.open(url, pool_size=2)
    began = time.perf_counter()
    await generate(url, rows)
    print(f"{rows:,} records of {CLIENTS} organizations generated in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    async with database.begin() as tx:
        folded = await rollups.rebuild(tx)
    seconds = time.perf_counter() - began
    print(f"{folded:,} folded in {seconds:.0f} s, {seconds / folded * 1e6:.1f} µs a record")
    began, longest = time.perf_counter(), 0.0
    while (took := await _closed_one(database)) is not None:
        longest = max(longest, took)
    seconds = time.perf_counter() - began
    print(
        f"closed in {seconds:.0f} s, {seconds / folded * 1e6:.1f} µs a record, {longest:.1f} s at once at most"
    )
    async with database.engine.connect() as connection:
        maintained = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await maintained.execute(text("reset role"))
        await maintained.execute(text("vacuum analyze"))
    await database.close()


async def _closed_one(database: Database) -> float | None:
    """Seconds that closing one day or month took; None when all are closed."""
    began = time.perf_counter()
    async with database.begin() as tx:
        is_closed = await rollups.close(tx, now=YEAR_ENDS)
    return time.perf_counter() - began if is_closed else None

"""When a document was handed over: filled in for what was sent before, and told by the letter from then on."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from db.engine import Database
from db.migrate import downgrade, migrate
from domain.ids import new_id
from tests.monthend import one
from tests.owed import NOW, invoice

LETTER = """insert into mails (id, key, kind, recipient, subject, text, html, due_at, created_at)
values (:id, :key, 'invoice_issued', 'alice@example.com', '', '', '', :at, :at)"""
SEED = """
insert into legal_entities (code, name, country, number_prefix) values ('main', 'Backoffice', 'US', 'BO-')
  on conflict do nothing;
insert into organizations (id, name, billing_email, currency, time_zone, country, billing_mode, legal_entity,
                           created_at, updated_at)
select pg_temp.id(n), 'Alice', 'alice@example.com', 'USD', 'UTC', 'US', 'postpaid', 'main', now(), now()
  from generate_series(1, 9) n;
insert into billing_runs (id, period, state, workflow_id, requested_by, created_at)
values (pg_temp.id(21), '2026-09-01', 'completed', 'ended', 'test', now()),
       (pg_temp.id(22), '2026-09-01', 'running', 'under way', 'test', now());
insert into invoices (id, organization_id, kind, corrects_id, legal_entity, period, number, state, currency,
                      subtotal_nanos, total_nanos, amount_due_nanos, buyer, seller, created_at, run_id)
select pg_temp.id(n), pg_temp.id(n), kind, pg_temp.id(corrects), 'main', '2026-09-01',
       case when state <> 'draft' then 'BO-' || n end, state, 'USD', 5, 5, 5, '{}', '{}', now(), pg_temp.id(run)
  from (values (1, 'invoice', null, 'paid', 21),          -- its letter is kept
               (2, 'invoice', null, 'finalized', 21),     -- its letter was erased, its document is kept
               (3, 'invoice', null, 'past_due', 21),      -- only its collection tells
               (4, 'invoice', null, 'finalized', 22),     -- rendered by a run that has not mailed
               (5, 'invoice', null, 'void', 21),          -- taken back before anything was done
               (6, 'invoice', null, 'draft', 21),
               (7, 'credit_note', 1, 'finalized', null)   -- of no run
       ) as v (n, kind, corrects, state, run);
insert into mails (id, key, kind, recipient, subject, text, html, due_at, created_at)
values (pg_temp.id(31), 'invoice:' || replace(pg_temp.id(1)::text, '-', ''), 'invoice_issued', 'alice@example.com', '', '',
        '', now(), '2026-10-01 01:00Z');
insert into intents (id, key, kind, workflow, workflow_id, payload, created_at, due_at)
select pg_temp.id(40 + n), 'collection/in_' || replace(pg_temp.id(n)::text, '-', ''), 'start', 'Collection', 'c', '{}',
       '2026-10-01 03:00Z', now() from unnest(array[1, 3]) n;
insert into invoice_documents (invoice_id, organization_id, sha256, bytes, rendered_at)
select pg_temp.id(n), pg_temp.id(n), sha256('x'), 'x', '2026-10-01 02:00Z' from unnest(array[1, 2, 4, 7]) n;
insert into billing_run_items (run_id, organization_id, chunk, state, invoice_id, currency, total_nanos)
values (pg_temp.id(21), pg_temp.id(6), 0, 'held', pg_temp.id(6), 'USD', 5),
       (pg_temp.id(21), pg_temp.id(8), 0, 'held', pg_temp.id(88), 'USD', 5);
"""
ID = """create function pg_temp.id(n int) returns uuid language sql as
  $$ select ('01990000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$"""
POLICIES = "select tablename, policyname, qual from pg_policies where tablename in ('invoices', 'audit') order by 1, 2"


def test_what_was_sent_before_the_fact_had_a_column_is_filled_in(empty_database_url: str) -> None:
    migrate(empty_database_url, "0400")
    with psycopg.connect(empty_database_url, autocommit=True) as owner:
        owner.execute(ID)
        owner.execute(SEED)
        policies = owner.execute(POLICIES).fetchall()
        migrate(empty_database_url, "0440")
        found = owner.execute("select id, delivered_at from invoices order by id").fetchall()
        hours = {1: 1, 2: 2, 3: 3, 7: 2}
        told = {n: datetime(2026, 10, 1, hour, tzinfo=UTC) for n, hour in hours.items()}
        assert {int(row[0].hex[-2:]): row[1] for row in found} == {n: told.get(n) for n in range(1, 8)}
        items = owner.execute(
            "select state, invoice_id is null from billing_run_items order by organization_id"
        )
        assert items.fetchall() == [("held", False), ("skipped", True)]
        downgrade(empty_database_url, "0400")
        assert owner.execute(POLICIES).fetchall() == policies
        migrate(empty_database_url, "0440")
        assert owner.execute("select id, delivered_at from invoices order by id").fetchall() == found


async def letter(database: Database, invoice_id: UUID, *, suffix: str = "") -> None:
    key = f"invoice:{invoice_id.hex}{suffix}"
    async with database.begin() as tx:
        await tx.execute(text(LETTER), {"id": new_id(), "key": key, "at": NOW})


@pytest.mark.parametrize(("suffix", "seen"), [("", True), (":again:1", False)], ids=["the letter", "a copy"])
async def test_who_writes_the_letter_hands_the_document_over(
    database: Database, *, suffix: str, seen: bool
) -> None:
    owed = await invoice(database, delivered=False)
    other = await invoice(database, delivered=False)
    await letter(database, owed.invoice_id, suffix=suffix)
    found = "select delivered_at from invoices where id = :id"
    assert await one(database, found, id=owed.invoice_id) == (NOW if seen else None)
    assert await one(database, found, id=other.invoice_id) is None

"""A client's transaction sees its own organization only, whatever a query forgets to say."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from db.engine import Database
from tests.world import an_organization

# What clients' transactions may touch without a policy: nothing in these belongs to one tenant, or no query
# that a client can cause reads them by anything but their own key.
SHARED = {"legal_entities", "idempotency_keys", "intents", "usage_batches", "usage_closings"}
_OPEN_TO_CLIENTS = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relrowsecurity and not c.relispartition
  and (has_table_privilege('backoffice_client', c.oid, 'select, insert, update, delete')
       or has_any_column_privilege('backoffice_client', c.oid, 'select, insert, update'))
"""


def test_every_table_open_to_clients_is_guarded_by_row(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        unguarded = {row[0] for row in connection.execute(_OPEN_TO_CLIENTS)}
    assert unguarded <= SHARED


async def test_a_query_without_a_filter_finds_only_the_own_organization(database: Database) -> None:
    alice = await an_organization(database, name="Alice")
    await an_organization(database, name="Charlie")
    async with database.client(alice) as tx:
        for table in ("organizations", "wallets", "billing_profiles"):
            assert (await tx.execute(text(f"select count(*) from {table}"))).scalar_one() == 1


async def test_a_client_cannot_write_for_another_organization(database: Database) -> None:
    alice = await an_organization(database, name="Alice")
    charlie = await an_organization(database, name="Charlie")
    insert = text(
        "insert into projects (id, organization_id, name, created_at) values (uuidv7(), :id, 'x', now())"
    )
    async with database.client(alice) as tx:
        await tx.execute(insert, {"id": alice})
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.client(alice) as tx:
            await tx.execute(insert, {"id": charlie})


@pytest.mark.parametrize("statement", ["select password_hash from users", "select * from sessions"])
async def test_passwords_and_sessions_are_out_of_reach_of_clients(database: Database, statement: str) -> None:
    alice = await an_organization(database, name="Alice")
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.client(alice) as tx:
            await tx.execute(text(statement))

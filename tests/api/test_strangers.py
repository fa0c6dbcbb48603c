"""Charlie, who belongs to another organization, finds nothing of Acme's and changes nothing, by any route."""

import re

import psycopg
from fastapi import FastAPI
from psycopg.sql import SQL, Identifier

from api.openapi import Door, doors
from db.engine import Database
from domain.ids import show
from tests.api.bodies import body_for
from tests.api.conftest import World, signed_in
from tests.api.things import Things, things_of_acme

_GUARDED = """
select tablename, substring(qual from '^\\(+(\\w+) = ') from pg_policies
 where schemaname = 'public' and policyname = 'client' order by 1"""
# What one finds nothing behind: refused by right, unknown, or not a request at all.
NOTHING = {403, 404, 405, 422}


def guarded_tables(url: str) -> list[tuple[str, str]]:
    """Every table whose rows belong to organizations, with the column that says to which."""
    with psycopg.connect(url) as connection:
        return [(str(table), str(column)) for table, column in connection.execute(_GUARDED)]


def rows_of(url: str, organization: str) -> dict[str, str]:
    """A digest of each table's rows of one organization; tables without any are left out."""
    row = "(to_jsonb(t) - 'last_used_at' - 'last_used_ip')::text"  # written behind, whenever a key was used
    query = SQL(f"select md5(string_agg({row}, ',' order by {row})) from {{}} t where {{}} = %s")
    with psycopg.connect(url) as connection:
        found = {
            table: connection.execute(
                query.format(Identifier(table), Identifier(column)), [organization]
            ).fetchone()
            for table, column in guarded_tables(url)
        }
    return {table: row[0] for table, row in found.items() if row and row[0]}


def address(door: Door, things: Things) -> str | None:
    """The door's path with Acme's things in it; None when it names none that Acme has."""
    names = [name.split(":")[0] for name in re.findall(r"{([^}]+)}", door.path)]
    if not names or not set(names) & set(things.ids):
        return None
    return re.sub(r"{([^}]+)}", lambda found: things.ids.get(found[1].split(":")[0], "x"), door.path)


async def test_charlie_finds_nothing_of_acme_and_changes_nothing(
    app: FastAPI, world: World, database_url: str
) -> None:
    things = await things_of_acme(app, world)
    document, before = app.openapi(), rows_of(database_url, str(world.acme))
    charlie = await signed_in(app, "charlie")
    for door in doors(app):
        path = address(door, things)
        if door.permissions and path is not None:
            body = body_for(document, door.path.replace(":path}", "}"), door.method) or {}
            answer = await charlie.request(door.method, path, json=None if door.method == "GET" else body)
            assert answer.status_code in NOTHING, (door, answer.status_code, answer.text[:300])
    assert rows_of(database_url, str(world.acme)) == before


async def test_a_query_that_forgets_its_filter_shows_charlie_no_row_of_acme(
    app: FastAPI, world: World, database_url: str, database: Database
) -> None:
    await things_of_acme(app, world)
    filled = rows_of(database_url, str(world.acme))
    assert {"projects", "invites", "departments", "api_keys", "usage", "invoices", "mails"} - {
        "mails"
    } <= set(filled)
    for opened in (database.client(world.other), database.assigned([world.other])):
        async with opened as tx:
            for table, column in guarded_tables(database_url):
                seen = await tx.exec_driver_sql(
                    f"select count(*) from {table} where {column} = '{world.acme}'"
                )
                assert seen.scalar_one() == 0, table


async def test_nobody_signed_in_finds_acme_by_its_things(app: FastAPI, world: World) -> None:
    shown = show("org", world.acme)
    charlie = await signed_in(app, "charlie")
    for path in ("/v1/usage", "/v1/invoices", "/v1/audit", "/v1/analytics/overview"):
        assert (await charlie.get(path, params={"organization_id": shown})).status_code == 404, path

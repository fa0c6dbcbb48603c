"""The schema: up, down and up again; the application's role cannot rewrite what is append-only."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from db.migrate import downgrade, migrate


def _tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' order by 1"
        ).fetchall()
    return [row[0] for row in rows]


def test_every_migration_can_be_undone_and_done_again(empty_database_url: str) -> None:
    migrate(empty_database_url)
    tables = _tables(empty_database_url)
    downgrade(empty_database_url)
    assert _tables(empty_database_url) == ["alembic_version"]
    migrate(empty_database_url)
    assert _tables(empty_database_url) == tables


@pytest.mark.parametrize("table", ["postings", "audit"])
def test_the_application_may_not_change_what_is_append_only(database_url: str, table: str) -> None:
    with (
        psycopg.connect(database_url, options="-c role=backoffice_app") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(SQL("delete from {}").format(Identifier(table)))


@pytest.mark.parametrize("table", ["postings", "audit"])
def test_even_the_owner_is_stopped_by_the_trigger(database_url: str, table: str) -> None:
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        connection.execute(SQL("truncate {} cascade").format(Identifier(table)))

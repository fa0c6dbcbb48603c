"""The tables the code believes in are the tables the migrations make."""

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import db
from db.schema import metadata


def _load_every_table() -> None:
    for module in pkgutil.walk_packages(db.__path__, "db."):
        if "migrations" not in module.name:
            importlib.import_module(module.name)


def test_every_table_in_code_stands_in_the_database_column_by_column(database_url: str) -> None:
    _load_every_table()
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": False, "include_object": _comparable},
        )
        found = compare_metadata(context, metadata)
    engine.dispose()
    assert found == []
    assert len(metadata.tables) > 15


def _comparable(_: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Indexes, keys and partitions are the migrations' alone; columns and tables are compared."""
    return kind in {"table", "column"} and not (kind == "table" and reflected and other is None)

"""Brings a database to the newest schema, or back; safe to run from several processes at once."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

# Any constant serves; it only has to be the same in every process that migrates.
_ADVISORY_LOCK = 7_262_011


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Upgrades the database at `url`; a no-op when it is there already."""
    _run(url, revision, command.upgrade)


def downgrade(url: str, revision: str = "base") -> None:
    """Takes the schema back to `revision`; what later migrations added is lost."""
    _run(url, revision, command.downgrade)


def _run(url: str, revision: str, act: Callable[[Config, str], None]) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            act(config, revision)
            connection.commit()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
            connection.commit()
    finally:
        engine.dispose()


def newest_revision() -> str:
    """The revision this code expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return head or ""


def current_revision(connection: Connection) -> str:
    """The revision a database is at; empty when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision() or ""

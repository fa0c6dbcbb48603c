"""The sandbox's durable state: one SQLite file, one transaction per request, so a kill leaves no halves."""

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sandbox.errors import Json

_TABLES = """
create table if not exists objects (
    sequence integer primary key autoincrement,
    id text not null unique, kind text not null, customer text,
    body text not null, hidden text not null default '{}');
create index if not exists objects_by_kind on objects (kind, sequence);
create index if not exists objects_by_customer on objects (kind, customer, sequence);
create table if not exists metadata (
    id text not null, kind text not null, key text not null, value text not null, primary key (id, key));
create index if not exists metadata_by_value on metadata (kind, key, value);
create table if not exists replays (
    key text primary key, request text not null, status integer not null, body text not null,
    created integer not null);
create table if not exists deliveries (
    id integer primary key autoincrement, event text not null, type text not null, endpoint text not null,
    due real not null, attempts integer not null default 0, state text not null default 'pending',
    status integer, error text);
create index if not exists deliveries_due on deliveries (state, due);
create table if not exists jobs (
    id integer primary key autoincrement, due integer not null, kind text not null, target text not null);
create index if not exists jobs_due on jobs (due);
create table if not exists switches (name text primary key, value text not null);
create table if not exists requests (
    id integer primary key autoincrement, at integer not null, method text not null, path text not null,
    status integer not null, key text, note text not null);
"""


class Store:
    """Documents by identifier, with what Stripe would never show (`hidden`) kept beside them."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma synchronous = normal")
        self.connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the file; everything committed is in it already."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing; the caller decides which errors still mean "keep what was done"."""
        self.connection.execute("begin immediate")
        ending = "rollback"
        try:
            yield
            ending = "commit"
        finally:
            self.connection.execute(ending)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Every row of a statement."""
        return self.connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a statement, or None."""
        return self.connection.execute(sql, values).fetchone()

    def put(self, resource: Json, hidden: Json | None = None) -> None:
        """Insert the resource or replace it; its place in lists stays where it was first put."""
        customer = resource.get("customer")
        self.connection.execute(
            "insert into objects (id, kind, customer, body, hidden) values (?, ?, ?, ?, ?)"
            " on conflict (id) do update set customer = excluded.customer, body = excluded.body",
            (resource["id"], resource["object"], customer, json.dumps(resource), json.dumps(hidden or {})),
        )
        self._index_metadata(resource)

    def _index_metadata(self, resource: Json) -> None:
        """Search must stay quick with many objects."""
        pairs = (resource.get("metadata") or {}).items()
        self.connection.execute("delete from metadata where id = ?", (resource["id"],))
        self.connection.executemany(
            "insert into metadata (id, kind, key, value) values (?, ?, ?, ?)",
            [(resource["id"], resource["object"], key, value) for key, value in pairs],
        )

    def get(self, identifier: str) -> Json | None:
        """The resource of that identifier, or None."""
        row = self.row("select body from objects where id = ?", identifier)
        return None if row is None else json.loads(row["body"])

    def hidden(self, identifier: str) -> Json:
        """What the sandbox knows about the resource and Stripe would not show."""
        row = self.row("select hidden from objects where id = ?", identifier)
        return {} if row is None else json.loads(row["hidden"])

    def hide(self, identifier: str, **facts: Any) -> None:
        """Add to what the sandbox knows about the resource."""
        text = json.dumps(self.hidden(identifier) | facts)
        self.connection.execute("update objects set hidden = ? where id = ?", (text, identifier))

    def switch(self, name: str, default: Any) -> Any:
        """The value of a switch (clock, faults, deliveries), or the default when it was never set."""
        row = self.row("select value from switches where name = ?", name)
        return default if row is None else json.loads(row["value"])

    def set_switch(self, name: str, value: Any) -> None:
        """Set a switch; it survives a restart."""
        self.connection.execute("insert or replace into switches values (?, ?)", (name, json.dumps(value)))

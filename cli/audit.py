"""`backoffice audit`: prove the audit log, export it, prove an export without a database."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer

from cli import verify_audit
from cli.reach import DATA, settings
from db import audit, audit_seals
from db.engine import Database
from domain.audit import Break, Chained, first_break, from_line, to_line
from domain.errors import Invalid

app = typer.Typer(help="Prove and export the audit log.", no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="A development stack's data directory.")]


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Option(help="An NDJSON export; no database is asked.", exists=True, dir_okay=False)
    ] = None,
    data: Data = DATA,
) -> None:
    """Walk the chain from its first entry; status 1 names the first break."""
    entries, broken = _verify_file(file) if file else asyncio.run(_verify(data))
    if broken is not None:
        typer.echo(f"broken at entry {broken.number}: {broken.reason}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{entries} entries, every one follows the one before it")


@app.command()
def export(
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output without it.")] = None,
    data: Data = DATA,
) -> None:
    """Write every entry as NDJSON, which `audit verify --file` can prove."""
    if out is None:
        asyncio.run(_export(data, sys.stdout))
        return
    with out.open("w", encoding="utf-8") as file:
        asyncio.run(_export(data, file))


@app.command()
def verifier() -> None:
    """Print the offline verifier: one file that needs nothing but Python."""
    typer.echo(Path(verify_audit.__file__).read_text(encoding="utf-8"), nl=False)


@app.command()
def seal(data: Data = DATA) -> None:
    """Keep the hash of yesterday's last entry, unless it is kept."""
    asyncio.run(_seal(data))


async def _verify(data: Path) -> tuple[int, Break | None]:
    """Proves the database's log."""
    database = Database.open(settings(data).database_url, pool_size=1)
    try:
        async with database.begin() as tx:
            return await audit.verify(tx)
    finally:
        await database.close()


async def _export(data: Path, file: TextIO) -> None:
    """Writes the database's log."""
    database = Database.open(settings(data).database_url, pool_size=1)
    try:
        async with database.begin() as tx:
            async for chunk in audit.walk(tx, filters=audit.Filters()):
                file.writelines(to_line(entry) for entry in chunk)
    finally:
        await database.close()


async def _seal(data: Path) -> None:
    """Seals the last day that has ended."""
    now = datetime.now(UTC)
    database = Database.open(settings(data).database_url, pool_size=1)
    try:
        async with database.begin() as tx:
            await audit_seals.seal(tx, day=now.date() - timedelta(days=1), now=now)
    finally:
        await database.close()


def _verify_file(file: Path) -> tuple[int, Break | None]:
    """Proves an export."""
    counted = _Counted()
    with file.open(encoding="utf-8") as lines:
        try:
            broken = first_break(counted.through(from_line(line) for line in lines if line.strip()))
        except Invalid as error:
            return counted.seen, Break(counted.seen + 1, error.detail)
    return counted.seen, broken


class _Counted:
    """Counts what passes."""

    def __init__(self) -> None:
        self.seen = 0

    def through(self, entries: Iterable[Chained]) -> Iterator[Chained]:
        """The same entries, counted."""
        for entry in entries:
            self.seen += 1
            yield entry

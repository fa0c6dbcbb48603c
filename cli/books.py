"""`backoffice books`: prove the ledger, the wallets, the invoices and the payments from their own rows."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from activities.proving import Proved, parts_of, prove, prove_calendar, prove_collections, prove_runs
from cli.reach import DATA, settings
from db import proofs
from db.engine import Database
from db.proofs import Proof, collections, running
from domain.proof import Finding
from gateways.errors import Unavailable
from gateways.settings import Settings
from gateways.temporal.connection import connect

app = typer.Typer(help="Prove the books.")
_SHOWN_FINDINGS = 5


@app.callback()
def books() -> None:
    """Prove the books."""


@app.command()
def verify(
    temporal: Annotated[
        bool, typer.Option(help="Ask Temporal whether every open invoice is being collected.")
    ] = True,
    data: Annotated[Path, typer.Option(help="A development stack's data directory.")] = DATA,
) -> None:
    """Prove everything; status 1 names the first break. Changes nothing."""
    found = asyncio.run(_verify(settings(data), temporal=temporal))
    breaks = [finding for finding in found if finding.kind == "break"]
    if breaks:
        first = breaks[0]
        typer.echo(f"broken: {first.proof} at {first.subject_id}: {first.detail}", err=True)
        raise typer.Exit(1)
    typer.echo("the books hold")


async def _verify(given: Settings, *, temporal: bool) -> list[Finding]:
    """Every finding, in the order of the proofs."""
    console = Console(soft_wrap=True)
    database = Database.open(given.database_url, pool_size=2)
    try:
        found: list[Finding] = []
        for proof in proofs.ALL:
            proved = await _prove(database, proof, console)
            _tell(console, proof.says, proved, warning=proof.kind == "warning")
            found += proved.findings
        if temporal:
            for says, proved in await _ask_temporal(given, database):
                _tell(console, says, proved, warning=says != collections.SAYS)
                found += proved.findings
        return found
    finally:
        await database.close()


async def _prove(database: Database, proof: Proof, console: Console) -> Proved:
    """One proof, with a bar while it goes through the past."""
    windows = await parts_of(database, proof)
    known: list[Proved] = []
    with _bar(console, proof.name, len(windows)) as bar:
        async for proved in prove(database, proof, windows):
            known.append(proved)
            bar.advance(bar.task_ids[0])
    return known[-1]


async def _ask_temporal(given: Settings, database: Database) -> list[tuple[str, Proved]]:
    """What only Temporal knows, each with its sentence."""
    try:
        connected = await connect(given.temporal, payload_key=given.payload_key)
        return [
            (collections.SAYS, await prove_collections(database, connected)),
            (running.SAYS, (await prove_runs(database, connected))[0]),
            (running.CALENDAR_SAYS, await prove_calendar(connected)),
        ]
    except Unavailable as unavailable:
        typer.echo(f"{unavailable.detail}; use --no-temporal to prove the rest", err=True)
        raise typer.Exit(1) from unavailable


@contextmanager
def _bar(console: Console, name: str, parts: int) -> Iterator[Progress]:
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(name, total=parts)
        yield progress


def _tell(console: Console, says: str, proved: Proved, *, warning: bool) -> None:
    broken = "[yellow]![/yellow]" if warning else "[red]✗[/red]"
    mark = broken if proved.findings else "[green]✓[/green]"
    console.print(f"{mark} {says} [dim]({proved.name}, {proved.milliseconds} ms)[/dim]", highlight=False)
    for finding in proved.findings[:_SHOWN_FINDINGS]:
        console.print(f"    {finding.subject_id}: {finding.detail}", highlight=False, markup=False)
    if len(proved.findings) > _SHOWN_FINDINGS:
        console.print(f"    and {len(proved.findings) - _SHOWN_FINDINGS} more", highlight=False)

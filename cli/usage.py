"""`backoffice usage`: bring usage in from files; prove and rebuild the roll-ups."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli import reach

app = typer.Typer(help="Bring usage in from files; prove the roll-ups.", no_args_is_help=True)
rollups = typer.Typer(help="The sums behind the dashboards.", no_args_is_help=True)
app.add_typer(rollups, name="rollups")
Data = Annotated[Path, typer.Option(help="Where `backoffice dev` keeps its data.")]
_FAULTS_SHOWN = 20


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file, also gzipped.")],
    organization: Annotated[str, typer.Option(help="Whose usage it is: org_…")],
    columns: Annotated[str, typer.Option(help="field=column,…; occurred_at is needed.")],
    provider: Annotated[str, typer.Option(help="For all rows.")] = "",
    model: Annotated[str, typer.Option(help="For all rows.")] = "",
    project: Annotated[str, typer.Option(help="For all rows: prj_…")] = "",
    api_url: Annotated[str | None, typer.Option(help="Else BACKOFFICE_API_URL, else the dev stack.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Else BACKOFFICE_API_KEY, else the dev stack.")] = None,
    data: Data = reach.DATA,
) -> None:
    """Take in every row of a CSV of usage; repeating it doubles nothing."""
    from cli.usage_screen import imported
    from domain.errors import Invalid
    from domain.usage_import import columns_named

    common = {"organization_id": organization, "provider": provider, "model": model, "project_id": project}
    try:
        tally = imported(
            file,
            columns_named(columns),
            {name: value for name, value in common.items() if value},
            reach.api(api_url, api_key, data),
        )
    except Invalid as refusal:
        typer.echo(refusal.detail, err=True)
        raise typer.Exit(2) from None
    if tally is None or tally.rejected:
        raise typer.Exit(1)


@rollups.command()
def verify(data: Data = reach.DATA) -> None:
    """Prove that every roll-up says what the records say; status 1 names the first differences."""
    from activities.rollups import verify as find_breaks
    from db.engine import Database

    async def run() -> int:
        database = Database.open(reach.database_url(data), pool_size=1)
        try:
            breaks = await find_breaks(database)
        finally:
            await database.close()
        for broken in breaks[:_FAULTS_SHOWN]:
            rolled, raw = broken.rolled_up, broken.raw
            typer.echo(f"{broken.table} {broken.key}: rolled up {rolled}, records {raw}", err=True)
        return len(breaks)

    if asyncio.run(run()):
        raise typer.Exit(1)
    typer.echo("every roll-up says what the records say")


@rollups.command()
def rebuild(data: Data = reach.DATA) -> None:
    """Make the roll-ups anew from the records; usage that comes in meanwhile waits."""
    from activities.rollups import rebuild as make_anew
    from db.engine import Database

    async def run() -> int:
        database = Database.open(reach.database_url(data), pool_size=1)
        try:
            return await make_anew(database)
        finally:
            await database.close()

    typer.echo(f"{asyncio.run(run()):,} records are rolled up")

"""`backoffice prices`: refresh the providers' list prices."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import reach

app = typer.Typer(help="The price book.", no_args_is_help=True)
_SHOWN = 200
_TIMEOUT_SECONDS = 120.0


@app.callback()
def group() -> None:
    """The price book."""


@app.command()
def sync(
    apply: Annotated[bool, typer.Option("--apply", help="Add what differs; only shown without it.")] = False,
    api_url: Annotated[str | None, typer.Option(help="Else BACKOFFICE_API_URL, else the dev stack.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Else BACKOFFICE_API_KEY, else the dev stack.")] = None,
    data: Annotated[Path, typer.Option(help="Where `backoffice dev` keeps its data.")] = reach.DATA,
) -> None:
    """Compare the providers' list prices with the public list that the API was installed with; asks nobody outside."""
    import httpx

    url, key = reach.api(api_url, api_key, data)
    answer = httpx.post(
        f"{url}/v1/list-prices/sync",
        json={"apply": apply},
        headers={"Authorization": f"Bearer {key}"},
        timeout=_TIMEOUT_SECONDS,
    )
    if answer.status_code != httpx.codes.OK:
        typer.echo(f"{answer.status_code}: {answer.text[:400]}", err=True)
        raise typer.Exit(1)
    _show(answer.json(), applied=apply)


def _show(found: dict[str, Any], *, applied: bool) -> None:
    """The differences as a table, and what was done about them."""
    from rich.console import Console
    from rich.table import Table

    differences: list[dict[str, Any]] = found["differences"]
    table = Table("provider", "model", "from", "input", "output", "cached", "tiers", "now in force")
    for item in differences[:_SHOWN]:
        cells = [item["provider"], item["model"], item["effective_at"][:10], *_rates(item), _tiers(item)]
        table.add_row(*cells, " / ".join(_rates(item["known"])) if item["known"] else "new")
    console = Console()
    if differences:
        console.print(table)
    if len(differences) > _SHOWN:
        console.print(f"and {len(differences) - _SHOWN:,} more")
    done = f"{found['added']:,} added" if applied else "nothing changed; add them with --apply"
    console.print(
        f"{len(differences):,} differences, {done}" if differences else "the list prices are up to date"
    )


def _rates(rates: dict[str, Any]) -> list[str]:
    """US dollars per million: input, output, cached input."""
    return [rates["input_per_million"], rates["output_per_million"], rates["cached_input_per_million"] or "–"]


def _tiers(rates: dict[str, Any]) -> str:
    """From how many input tokens on other rates hold."""
    return ", ".join(f"> {tier['above_input_tokens']:,}" for tier in rates["tiers"]) or "–"

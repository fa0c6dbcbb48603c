"""`backoffice demo`: the main job on a simulated month, from usage to paid invoices, on a stack that stays up."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command(name="demo")
def demo(
    data: Annotated[Path, typer.Option(help="Where the demo keeps its data; deleted first.")] = Path(
        ".backoffice/demo"
    ),
    once: Annotated[bool, typer.Option("--once", help="End when the month is closed.")] = False,
    port: Annotated[int | None, typer.Option(help="The API's port; refused when taken.")] = None,
) -> None:
    """Simulate a month of three client organizations, close it, and keep everything running."""
    from cli.demo.story import tell
    from cli.dev.session import Options, run

    sys.exit(run(Options(data=data, fresh=True, port=port, quiet=True), tell, once=once))

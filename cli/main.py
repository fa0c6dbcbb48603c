"""The `backoffice` command. A group's file is imported when it is used, so that all start quickly."""

import importlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

# Command → the module whose `app` (a typer.Typer) holds it. One line per group.
GROUPS = {
    "admin": "cli.admin",
    "audit": "cli.audit",
    "books": "cli.books",
    "demo": "cli.demo",
    "prices": "cli.prices",
    "privacy": "cli.privacy",
    "usage": "cli.usage",
}


class LazyGroup(TyperGroup):
    """A command group whose parts are imported by name when they are asked for."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, in order of the alphabet."""
        return sorted({*super().list_commands(ctx), *GROUPS})

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, imported when it is one of GROUPS."""
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        command = typer.main.get_command(importlib.import_module(GROUPS[cmd_name]).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    name="backoffice",
    help="The back office for companies that sell AI: usage, ledger, month-end, collection.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def dev(
    data: Annotated[Path, typer.Option(help="Where the stack keeps its data.")] = Path(".backoffice"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the data first.")] = False,
    port: Annotated[int | None, typer.Option(help="The API's port; refused when taken.")] = None,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C."""
    from cli.dev.session import Options, run

    sys.exit(run(Options(data=data, fresh=fresh, port=port)))


@app.command()
def migrate() -> None:
    """Bring the database of DATABASE_URL to the newest schema."""
    from cli.entrance import settings
    from db.migrate import migrate as bring_up

    bring_up(settings().database_url)


@app.command()
def api() -> None:
    """Serve the API, the webhooks and the console."""
    from cli.serve import serve

    serve()


@app.command()
def worker(
    ready_file: Annotated[Path | None, typer.Option(help="Created when the worker polls for work.")] = None,
) -> None:
    """Run the durable processes until told to stop."""
    options = ["--ready-file", str(ready_file)] if ready_file else []
    os.execv(sys.executable, [sys.executable, "-P", "-m", "worker", *options])  # noqa: S606 — becomes the worker


@app.command()
def openapi(
    out: Annotated[Path | None, typer.Option(help="The file to write; standard output without it.")] = None,
) -> None:
    """Print the API's OpenAPI document."""
    from cli.serve import openapi_document

    document = openapi_document()
    if out is None:
        typer.echo(document)
    else:
        out.write_text(document + "\n", encoding="utf-8")


def _outside() -> tuple[type[Exception], ...]:
    """What is told in a sentence; its libraries are loaded only once something went wrong."""
    from cli.faults import OUTSIDE

    return OUTSIDE


def main() -> None:
    """The entry point of the `backoffice` program; ends the process itself.

    Once a command has talked to Temporal, tearing the interpreter down aborts about one clean exit in five
    (temporalio/sdk-python#300), which would turn a success into status 134.
    """
    status: object = 0
    try:
        app(prog_name="backoffice")
    except SystemExit as end:
        status = end.code
    except _outside() as error:
        from cli.faults import explained

        status = explained(error)
    if isinstance(status, str):
        sys.stderr.write(f"{status}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


if __name__ == "__main__":
    main()

"""`backoffice privacy`: check certificates of erasure."""

from pathlib import Path
from typing import Annotated

import typer

from activities.certifying import PURPOSE
from cli.reach import DATA, settings
from domain.certificate import read_file
from domain.errors import Invalid
from gateways.signing import Signer, is_signed

app = typer.Typer(help="Check certificates of erasure.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Check certificates of erasure."""


@app.command("verify-certificate")
def verify_certificate(
    file: Annotated[Path, typer.Argument(help="The certificate's file.", exists=True, dir_okay=False)],
    public_key: Annotated[
        str | None,
        typer.Option(help="The issuer's key (GET /v1/certificates/key); without it, this installation's."),
    ] = None,
    data: Annotated[Path, typer.Option(help="A development stack's data directory.")] = DATA,
) -> None:
    """Check that a certificate is unchanged and was signed with the key; status 1 when not."""
    try:
        signed = read_file(file.read_text(encoding="utf-8"))
        expected = bytes.fromhex(public_key) if public_key else _own_key(data)
    except (Invalid, ValueError, UnicodeDecodeError) as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from None
    if signed.public_key != expected:
        typer.echo(f"{file}: signed with another key than {expected.hex()}", err=True)
        raise typer.Exit(1)
    if not is_signed(signed.document, signature=signed.signature, public_key=expected):
        typer.echo(f"{file}: changed after it was signed", err=True)
        raise typer.Exit(1)
    facts = signed.facts
    typer.echo(f"{facts['certificate']} about {facts['about']} is unchanged, issued {facts['issued_at']}")


def _own_key(data: Path) -> bytes:
    return Signer(settings(data).session_secret, purpose=PURPOSE).public_key

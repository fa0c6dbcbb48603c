"""How commands reach a running stack: what was said, else the environment, else the dev.json of `backoffice dev`."""

import json
import os
import sys
from pathlib import Path

import typer

from cli.entrance import settings

DATA = Path(".backoffice")


def announced(data: Path) -> dict[str, str]:
    """What a running development stack announced; empty when none did."""
    try:
        found: dict[str, str] = json.loads((data / "dev.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def api(api_url: str | None, api_key: str | None, data: Path) -> tuple[str, str]:
    """Address and key of the API; ends the command when either is unknown."""
    known = announced(data)
    url = api_url or os.environ.get("BACKOFFICE_API_URL") or known.get("api_url")
    key = api_key or os.environ.get("BACKOFFICE_API_KEY") or known.get("admin_api_key")
    if not url or not key:
        typer.echo(
            f"No stack was announced in {data}/dev.json: start `backoffice dev`, or say --api-url and --api-key",
            err=True,
        )
        sys.exit(2)
    return url.rstrip("/"), key


def database_url(data: Path) -> str:
    """The database of DATABASE_URL, else of the development stack."""
    given = "DATABASE_URL" in os.environ or "DATABASE_URL_FILE" in os.environ
    return (
        settings().database_url if given else announced(data).get("database_url") or settings().database_url
    )

"""How commands reach a running stack: what was said, else the environment, else the dev.json of `backoffice dev` or `demo`."""

import json
import os
import sys
from pathlib import Path

import typer

from gateways.settings import BadSettings, Settings

DATA = Path(".backoffice")
# What a development stack announces, by the setting it stands for.
_ANNOUNCED = {
    "DATABASE_URL": "database_url",
    "TEMPORAL_ADDRESS": "temporal_address",
    "TEMPORAL_UI_URL": "temporal_ui_url",
}


def announced(data: Path) -> dict[str, str]:
    """What a running development stack announced in `data`, or the demo in its folder there; empty when none did."""
    for folder in (data, data / "demo"):
        try:
            found: dict[str, str] = json.loads((folder / "dev.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return found
    return {}


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


def settings(data: Path = DATA) -> Settings:
    """The settings of a command at a terminal: the environment's; a running development stack fills what it leaves open.

    Ends the command with status 2 when they have faults.
    """
    environ = dict(os.environ)
    given = {name for name in _ANNOUNCED if name in environ or f"{name}_FILE" in environ}
    if "DATABASE_URL" not in given:
        known = announced(data)
        environ |= {
            name: known[fact] for name, fact in _ANNOUNCED.items() if name not in given and known.get(fact)
        }
    try:
        return Settings.read(environ)
    except BadSettings as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


def database_url(data: Path) -> str:
    """The database of DATABASE_URL, else of the development stack."""
    return settings(data).database_url

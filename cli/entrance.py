"""How commands come by their settings: read once, faults shown without a traceback."""

import os
import sys

import typer

from gateways.settings import BadSettings, Settings


def settings() -> Settings:
    """The settings of this process; ends the command with status 2 when they have faults."""
    try:
        return Settings.read(os.environ)
    except BadSettings as error:
        typer.echo(str(error), err=True)
        sys.exit(2)

"""`backoffice books verify` from a terminal."""

import os
import subprocess
import sys

import psycopg
from typer.testing import CliRunner, Result

from cli.main import app
from tests.temporal import *  # noqa: F403 — the fixtures

GAP = b"insert into legal_entities (code, name, country, number_prefix, next_number) values ('main', 'Us', 'US', '', 5)"


def verify(database_url: str, *options: str) -> Result:
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    return CliRunner().invoke(app, ["books", "verify", *options], env=settings)


def test_honest_books_hold(database_url: str) -> None:
    result = verify(database_url, "--no-temporal")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "the books hold")
    assert "✓ A wallet holds what is left of its lots" in result.stdout


def test_with_temporal_it_proves_all_and_ends_well(database_url: str, temporal_address: str) -> None:
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}
    command = [sys.executable, "-m", "cli.main", "books", "verify"]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ Every invoice with something due has a living collection" in done.stdout


def test_the_first_break_is_named(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(GAP)
    result = verify(database_url, "--no-temporal")
    assert result.exit_code == 1
    assert result.stderr.startswith("broken: numbers_without_gaps at main/invoice: 0 documents are numbered")


def test_without_temporal_it_says_what_it_cannot_prove(database_url: str) -> None:
    result = verify(database_url)
    assert result.exit_code == 1
    assert "Temporal at 127.0.0.1:9 cannot be reached" in result.stderr

"""`backoffice prices sync` and `backoffice usage rollups`: seen first, done on request, proved."""

import asyncio
from pathlib import Path

from sqlalchemy import text
from typer.testing import CliRunner

from activities.prices import publish
from activities.rollups import RollupPump
from cli.main import app as command
from db.engine import Database
from domain.audit import SYSTEM
from tests.cli.served import served, settings_of, staff_key
from tests.usage import Use, a_price, an_organization, report


def run(*arguments: str, database_url: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        command, list(arguments), env={"DATABASE_URL": database_url, "COLUMNS": "160"}
    )
    return result.exit_code, result.output


async def test_differences_are_shown_and_only_added_with_apply(database: Database, database_url: str) -> None:
    settings = settings_of(database_url)
    secret = await staff_key(database, settings)
    with served(settings) as url:
        target = ("--api-url", url, "--api-key", secret)
        shown, applied, again = [
            await asyncio.to_thread(run, "prices", "sync", *more, *target, database_url=database_url)
            for more in ((), ("--apply",), ())
        ]
    assert (shown[0], "nothing changed" in shown[1], "claude" in shown[1] or "more" in shown[1]) == (
        0,
        True,
        True,
    )
    assert (applied[0], " added" in applied[1]) == (0, True)
    assert "up to date" in again[1]


def test_without_a_stack_it_says_what_to_do(tmp_path: Path, database_url: str) -> None:
    code, shown = run("prices", "sync", "--data", str(tmp_path), database_url=database_url)
    assert (code, "backoffice dev" in shown) == (2, True)


async def test_roll_ups_are_proved_and_rebuilt(database: Database, database_url: str) -> None:
    async with database.begin() as tx:
        await publish(tx, a_price(), actor=SYSTEM)
    await report(database_url, Use(id="one", organization_id=await an_organization(database)))
    await RollupPump(database).run_once()
    verify = ("usage", "rollups", "verify")
    assert (await asyncio.to_thread(run, *verify, database_url=database_url))[0] == 0
    async with database.begin() as tx:
        await tx.execute(text("update usage_by_hour set requests = 7"))
    code, shown = await asyncio.to_thread(run, *verify, database_url=database_url)
    assert (code, "usage_by_hour" in shown) == (1, True)
    await asyncio.to_thread(run, "usage", "rollups", "rebuild", database_url=database_url)
    assert (await asyncio.to_thread(run, *verify, database_url=database_url))[0] == 0

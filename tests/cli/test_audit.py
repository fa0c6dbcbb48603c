import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from cli.admin import ensure_development_admin
from cli.main import app
from gateways.settings import Settings


@pytest.fixture
def log(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", database_url)
    ensure_development_admin(Settings.read({"DATABASE_URL": database_url}))
    return database_url


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words])


def test_an_untouched_log_is_proved(log: str) -> None:
    answer = run("verify")
    assert (answer.exit_code, answer.output) == (0, "2 entries, every one follows the one before it\n")


def test_the_log_of_a_stack_is_found_by_its_data_directory(
    log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    (tmp_path / "dev.json").write_text(json.dumps({"database_url": log}))
    assert run("verify", "--data", str(tmp_path)).exit_code == 0


def test_a_tampered_log_ends_with_1_and_names_the_first_break(log: str) -> None:
    with psycopg.connect(log) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update audit set actor_name = 'Mallory' where sequence = 2")
    answer = run("verify")
    assert (answer.exit_code, "broken at entry 2" in answer.output) == (1, True)


def test_an_export_is_proved_without_a_database(
    log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "audit.ndjson"
    assert run("export", "--out", str(file)).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert run("verify", "--file", str(file)).exit_code == 0
    file.write_text(file.read_text().replace("platform:all", "usage:read"))
    answer = run("verify", "--file", str(file))
    assert (answer.exit_code, "entry 2 was changed" in answer.output) == (1, True)

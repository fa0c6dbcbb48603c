import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import GROUPS

COMMANDS = sorted({*GROUPS, "api", "dev", "migrate", "openapi", "worker"})


def backoffice(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BACKOFFICE_")}
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(
        command, text=True, capture_output=True, env=clean | environ, timeout=60, check=False
    )


def test_help_names_every_command() -> None:
    said = backoffice("--help").stdout
    assert all(f"│ {name} " in said for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    assert "Usage: backoffice" in backoffice(name, "--help").stdout


def test_no_group_is_imported_before_it_is_used() -> None:
    heavy = ["sqlalchemy", "temporalio", "fastapi", *GROUPS.values()]
    code = f"import sys, cli.main; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["api", "migrate", "worker", "openapi"])
def test_bad_settings_are_told_without_a_traceback(command: str) -> None:
    ended = backoffice(command, BACKOFFICE_PORT="eighty", BACKOFFICE_ENV="production")
    assert ended.returncode == 2
    assert "BACKOFFICE_PORT: is 'eighty'; use a whole number from 1 to 65535" in ended.stderr
    assert "BACKOFFICE_KEY_PEPPER: is the development secret" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_openapi_is_written_without_any_server(tmp_path: Path) -> None:
    assert backoffice("openapi", "--out", str(tmp_path / "api.json")).returncode == 0
    assert "/v1/usage" in json.loads((tmp_path / "api.json").read_text())["paths"]


def test_migrating_twice_is_migrating_once(empty_database_url: str) -> None:
    assert backoffice("migrate", DATABASE_URL=empty_database_url).returncode == 0
    assert backoffice("migrate", DATABASE_URL=empty_database_url).returncode == 0


def test_dev_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = backoffice("dev", "--data", str(tmp_path), "--port", port)
    assert ended.returncode == 1
    assert f"port {port} is taken; stop what uses it, or choose another with --port" in ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        "migrate",
        "books verify",
        "audit verify",
        "usage rollups verify",
        "admin create --email alice@example.com",
        "prices sync --api-url http://127.0.0.1:9 --api-key bo_live_x",
    ],
)
def test_what_is_away_is_told_in_one_line_with_the_remedy(words: str) -> None:
    ended = backoffice(*words.split(), DATABASE_URL="postgresql://postgres@127.0.0.1:9/none")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (1, 1), ended.stderr
    assert "127.0.0.1" in ended.stderr
    assert "Check" in ended.stderr

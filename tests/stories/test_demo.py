"""The demo, as the README promises it: a month from usage to paid invoices, and books that hold."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.crashing import CLEAN


@pytest.fixture
def data() -> Iterator[Path]:
    # Not tmp_path: pytest closes its folder to the account that PostgreSQL runs under.
    data = Path(tempfile.mkdtemp(prefix="backoffice-test-demo-"))
    yield data
    shutil.rmtree(data)


@pytest.mark.timeout(300)
def test_the_demo_closes_a_month_of_three_clients(data: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--once", "--data", str(data)]
    told = subprocess.run(
        command, env={**CLEAN, "COLUMNS": "200"}, capture_output=True, text=True, timeout=280, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    states = re.findall(r"(BO-\d+) │ ([^│]+?) +│ (\w+)", told.stdout)
    assert [(name.split()[0], state) for _, name, state in states] == [
        ("Nimbus", "paid"),
        ("Quiet", "paid"),
        ("Tiny", "finalized"),
    ]
    assert "wait for a price" in told.stdout
    assert not (data / "dev.json").exists()

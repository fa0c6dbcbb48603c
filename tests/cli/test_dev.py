"""The real stack, started as a newcomer starts it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.cli.running import alive, until

CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("BACKOFFICE_", "DATABASE_", "STRIPE_"))
}
FIELDS = {
    "api_url",
    "console_url",
    "temporal_address",
    "temporal_ui_url",
    "stripe_sandbox_url",
    "outbox_url",
    "admin_email",
    "admin_password",
    "admin_api_key",
    "database_url",
    "pids",
}


class Dev:
    """`backoffice dev` on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process = self.start()

    def start(self, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "cli.main", "dev", "--data", str(self.data), *options]
        output = (self.data / "said").open("a")
        self.process = subprocess.Popen(command, text=True, env=CLEAN, stdout=output, stderr=output)
        output.close()
        return self.process

    def whole(self) -> dict[str, Any]:
        until(lambda: (self.data / "dev.json").exists() or self.process.poll() is not None)
        assert self.process.poll() is None, (self.data / "said").read_text()
        return dict(json.loads((self.data / "dev.json").read_text()))

    def end(self, number: signal.Signals) -> list[psutil.Process]:
        """Signal the supervisor; answers every process that ran below it."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        return below


@pytest.fixture
def dev() -> Iterator[Dev]:
    # Not tmp_path: pytest closes its folder to the account that PostgreSQL runs under.
    data = Path(tempfile.mkdtemp(prefix="backoffice-test-dev-"))
    (data / "postgres.half").mkdir()
    dev = Dev(data)
    yield dev
    if dev.process.poll() is None:
        dev.end(signal.SIGTERM)
    shutil.rmtree(data)


def test_the_stack_survives_its_supervisors_death_with_all_its_data(dev: Dev) -> None:
    told = dev.whole()
    assert told.keys() == FIELDS
    assert httpx.get(f"{told['api_url']}/readyz").json()["status"] == "ready"
    assert httpx.get(told["temporal_ui_url"]).status_code == 200
    key = {"Authorization": f"Bearer {told['admin_api_key']}", "Idempotency-Key": "first"}
    organization = {
        "name": "Alice & Co",
        "billing_email": "alice@example.com",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "billing_mode": "postpaid",
    }
    made = httpx.post(f"{told['api_url']}/v1/organizations", headers=key, json=organization)
    assert made.status_code == 201
    below = dev.end(signal.SIGKILL)
    until(lambda: not any(alive(process.pid) for process in below))

    dev.start()
    again = dev.whole()
    assert again["admin_api_key"] == told["admin_api_key"]
    found = httpx.get(f"{again['api_url']}/v1/organizations/{made.json()['id']}", headers=key)
    assert found.json()["name"] == "Alice & Co"
    assert not any(alive(process.pid) for process in dev.end(signal.SIGINT))
    assert dev.process.returncode == 0

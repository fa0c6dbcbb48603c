"""What was answered is kept, even when the process is killed the moment after."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.stripe_sandbox import API_KEY, free_port

_FORM = {
    "amount": "900",
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "confirm": "true",
    "off_session": "true",
}


@contextmanager
def _process(data: Path) -> Generator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=(API_KEY, "")) as client:
            _wait_until_healthy(client)
            yield client, process
    finally:
        process.kill()
        process.wait()


def _wait_until_healthy(client: httpx.Client) -> None:
    while not _answers(client):
        time.sleep(0.02)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx.ConnectError:
        return False


def test_a_charge_answered_before_a_kill_is_there_after_a_restart(tmp_path: Path) -> None:
    headers = {"idempotency-key": "charge:1"}
    with _process(tmp_path / "s.sqlite") as (client, process):
        first = client.post("/v1/payment_intents", data=_FORM, headers=headers).json()
        client.post("/sandbox/control/clock", json={"days": 9})
        os.kill(process.pid, signal.SIGKILL)
    with _process(tmp_path / "s.sqlite") as (client, _):
        again = client.post("/v1/payment_intents", data=_FORM, headers=headers)
        now = client.get("/sandbox/control/state").json()["now"]
        assert again.status_code == 200
        assert client.get(f"/v1/payment_intents/{first['id']}").json()["status"] == "succeeded"
    assert now - first["created"] >= 9 * 86_400


def test_it_stops_when_told_to(tmp_path: Path) -> None:
    with _process(tmp_path / "s.sqlite") as (_, process):
        process.terminate()
        assert process.wait(timeout=10) in (0, -signal.SIGTERM)

"""Every part is killed while usage comes in and while the month is closed: nothing is lost, nothing is done twice."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.rating import TokenRates, rate_tokens
from tests.stories.crashing import Stack, until

PARTS = ("api", "postgres", "temporal", "worker")
RATES = TokenRates(input=2_000_000_000, output=8_000_000_000)
CLIENTS, BATCHES, SIZE = 6, 24, 50
MONTH = "2026-10"


@pytest.fixture
def stack() -> Iterator[Stack]:
    # Not tmp_path: pytest closes its folder to the account that PostgreSQL runs under.
    data = Path(tempfile.mkdtemp(prefix="backoffice-test-crash-"))
    with Stack.running(data) as stack:
        yield stack
    shutil.rmtree(data)


@pytest.mark.timeout(600)
def test_no_crash_loses_a_record_a_cent_or_a_charge(stack: Stack) -> None:
    organizations = open_clients(stack)
    expected = send_usage(stack, organizations)
    close_month(stack)
    invoices = settled(stack)

    assert Counter(stack.killed).keys() == set(PARTS)
    assert {invoice["organization_id"]: invoice["subtotal"] for invoice in invoices} == {
        organization: f"{round(nanos / 10**7) / 100:.2f}" for organization, nanos in expected.items()
    }
    assert sorted(intents(stack)) == sorted(invoice["id"] for invoice in invoices)
    books = stack.command("books", "verify")
    assert books.returncode == 0, books.stdout + books.stderr


def open_clients(stack: Stack) -> list[str]:
    price = {
        "provider": "openai",
        "model": "gpt-5",
        "currency": "USD",
        "input_per_million": "2",
        "output_per_million": "8",
    }
    stack.call("POST", "/v1/prices", json={**price, "effective_at": "2020-01-01T00:00:00Z"})
    made = []
    for number in range(CLIENTS):
        facts = {"currency": "USD", "time_zone": "UTC", "country": "US", "billing_mode": "postpaid"}
        body = {"name": f"Client {number}", "billing_email": f"c{number}@example.com", **facts}
        key = {"Idempotency-Key": f"client-{number}"}
        made.append(stack.call("POST", "/v1/organizations", json=body, headers=key)["id"])
        stack.call(
            "POST",
            f"/v1/organizations/{made[-1]}/payment-methods",
            json={"payment_method": "pm_card_visa"},
            headers=key,
        )
    return made


def send_usage(stack: Stack, organizations: list[str]) -> dict[str, int]:
    """Sends batches, each until it is answered, and kills a part after every third; nanos owed by organization."""
    owed = dict.fromkeys(organizations, 0)
    for batch in range(BATCHES):
        records = [record(organizations, batch * SIZE + n) for n in range(SIZE)]
        if batch % 3 == 2:
            stack.kill(PARTS[batch // 3 % len(PARTS)])
        answer = stack.call("POST", "/v1/usage", json=records)
        assert answer["accepted"] + answer["duplicates"] == SIZE
        for sent in records:
            tokens = {"input_tokens": sent["input_tokens"], "output_tokens": sent["output_tokens"]}
            owed[sent["organization_id"]] += rate_tokens(RATES, cached_tokens=0, **tokens)
    return owed


def record(organizations: list[str], number: int) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "organization_id": organizations[number % len(organizations)],
        "provider": "openai",
        "model": "gpt-5",
        "occurred_at": f"2026-10-{1 + number % 31:02d}T12:00:00Z",
        "input_tokens": 40_000 + 37 * number,
        "output_tokens": 900 + number,
    }


def close_month(stack: Stack) -> None:
    """Runs the month-end to its end; each part is killed once meanwhile."""
    run = stack.call("POST", "/v1/billing-runs", json={"period": MONTH}, headers={"Idempotency-Key": "run"})
    for part in PARTS:
        stack.kill(part)
        stack.call("GET", f"/v1/billing-runs/{run['id']}")
    until(lambda: stack.call("GET", f"/v1/billing-runs/{run['id']}")["state"] == "completed", "the month-end")


def settled(stack: Stack) -> list[dict[str, Any]]:
    """The invoices, once all are paid."""

    def paid() -> list[dict[str, Any]]:
        found = stack.call("GET", "/v1/invoices")["items"]
        done = len(found) == CLIENTS and all(invoice["state"] == "paid" for invoice in found)
        return list(found) if done else []

    return list(until(paid, "every invoice to be paid", seconds=240, otherwise=lambda: waiting(stack)))


def waiting(stack: Stack) -> str:
    """What the processes say they wait for."""
    return "\n".join(str(process) for process in stack.call("GET", "/v1/processes")["items"])


def intents(stack: Stack) -> list[str]:
    """The invoice of every payment that succeeded at Stripe's stand-in; as many charges as payments."""
    url = stack.told()["stripe_sandbox_url"]
    headers = {"Authorization": "Bearer sk_test_sandbox"}
    listed = {
        kind: httpx.get(f"{url}/v1/{kind}?limit=100", headers=headers).json()["data"]
        for kind in ("payment_intents", "charges")
    }
    succeeded = [found for found in listed["payment_intents"] if found["status"] == "succeeded"]
    assert len(succeeded) == len([charge for charge in listed["charges"] if charge["status"] == "succeeded"])
    return [str(found["metadata"]["invoice_id"]) for found in succeeded]

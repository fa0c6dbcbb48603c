"""The demo's story: prices, clients, a month of usage, the month-end, and what became of it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.demo.door import Door, DoorClosed
from cli.demo.generator import CLIENTS, MODELS, Client, month_before, records
from cli.demo.summary import show_summary
from cli.dev.stack import Announcement

BATCH = 1000
# Dollars per million input, cached input and output tokens; euros cost the same figures here.
PRICES = {
    "gpt-5": ("1.60", "0.20", "12.50"),
    "gpt-5-mini": ("0.32", "0.04", "2.50"),
    "claude-sonnet-4-5": ("3.60", "0.40", "18.00"),
    "gemini-2.5-flash": ("0.36", "0.10", "3.00"),
}
SETTLED_SECONDS = 45
MONTH_END_SECONDS = 300


async def tell(stack: Announcement) -> int:
    """Plays the month on a healthy stack and prints what to look at; the exit status."""
    console = Console()
    door = Door(stack.api_url, stack.admin_api_key)
    month = month_before(datetime.now(UTC).date())
    try:
        organizations = await _open_clients(door, console, month)
        await _send_usage(door, console, organizations, month)
        run = await _close_month(door, console, month)
        await _send_late_record(door, organizations, month)
        await _wait_for_collection(door, console)
        await show_summary(door, console, stack, month, run)
    except DoorClosed as error:
        console.print(f"[red]The demo could not go on:[/] {error}")
        return 1
    finally:
        await door.close()
    return 0


async def _open_clients(door: Door, console: Console, month: date) -> dict[str, str]:
    """Publishes prices and opens the three organizations; their ids by name."""
    effective_at = datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(days=31)
    for currency in ("USD", "EUR"):
        for model, (given, cached, made) in PRICES.items():
            price = {
                "provider": MODELS[model],
                "model": model,
                "currency": currency,
                "input_per_million": given,
                "cached_input_per_million": cached,
                "output_per_million": made,
                "effective_at": effective_at.isoformat(),
            }
            await door.post("/v1/prices", price, key=f"demo-price-{currency}-{model}")
    vat = {"country": "DE", "name": "VAT", "rate": "19", "effective_on": "2021-01-01"}
    await door.post("/v1/tax-rates", vat, key="demo-vat")
    made = {client.name: await _open_client(door, client) for client in CLIENTS}
    console.print(f"{len(PRICES)} models priced in USD and EUR, {len(made)} organizations opened")
    return made


async def _open_client(door: Door, client: Client) -> str:
    facts = ("name", "billing_email", "currency", "time_zone", "country", "billing_mode")
    body = {name: getattr(client, name) for name in facts}
    organization = str((await door.post("/v1/organizations", body, key=f"demo-{client.name}"))["id"])
    path = f"/v1/organizations/{organization}"
    await door.patch(
        f"{path}/billing-profile", {"legal_name": client.name, "address_lines": list(client.address)}
    )
    if client.purchased:
        bought = {
            "amount": client.purchased,
            "reference": "First top-up",
            "received_on": str(datetime.now(UTC).date()),
        }
        await door.post(f"{path}/credits", bought, key=f"demo-credits-{client.name}")
    if client.gift:
        await door.post(
            f"{path}/gifts", {"amount": client.gift, "reason": "Welcome"}, key=f"demo-gift-{client.name}"
        )
    if client.card:
        await door.post(
            f"{path}/payment-methods", {"payment_method": client.card}, key=f"demo-card-{client.name}"
        )
    return organization


async def _send_usage(door: Door, console: Console, organizations: dict[str, str], month: date) -> None:
    total = sum(client.requests for client in CLIENTS)
    tally = {"accepted": 0, "duplicates": 0, "quarantined": 0}
    with _progress(console) as progress:
        task = progress.add_task(f"Usage of {month:%B %Y}", total=total)
        for client in CLIENTS:
            made = list(records(client, organizations[client.name], month))
            for start in range(0, len(made), BATCH):
                answer = await door.post("/v1/usage", made[start : start + BATCH])
                for name in tally:
                    tally[name] += answer[name]
                progress.advance(task, len(made[start : start + BATCH]))
    console.print(
        f"{tally['accepted']:,} records taken in, {tally['quarantined']:,} of them wait for a price"
    )


async def _close_month(door: Door, console: Console, month: date) -> dict[str, Any]:
    """Runs the month-end to its end, watching it as an administrator would.

    Raises:
        DoorClosed: it has not ended within five minutes; says where it stands.
    """
    period = f"{month:%Y-%m}"
    begun = await door.post("/v1/billing-runs", {"period": period}, key=f"demo-run-{period}")
    with _progress(console) as progress:
        task = progress.add_task(f"Month-end of {month:%B %Y}", total=len(CLIENTS))
        for _ in range(MONTH_END_SECONDS * 5):
            run: dict[str, Any] = await door.get(f"/v1/billing-runs/{begun['id']}")
            done = sum(int(run[name]) for name in ("invoiced", "skipped", "held", "failed"))
            progress.update(task, completed=done, total=max(int(run["organizations"]), 1))
            if run["state"] in {"completed", "failed", "cancelled"}:
                return run
            await asyncio.sleep(0.2)
    raise DoorClosed(
        f"the month-end is {run['state']} after {MONTH_END_SECONDS} seconds, {done} of {run['organizations']} organizations "
        f"done: see /console/billing-runs/{begun['id']}, or its process"
    )


async def _send_late_record(door: Door, organizations: dict[str, str], month: date) -> None:
    """A record of the month that is already invoiced: the next invoice carries it as an adjustment."""
    client = CLIENTS[0]
    occurred_at = datetime(month.year, month.month, 28, 16, tzinfo=UTC)
    late = {
        "id": f"late-{month:%Y%m}-000001",
        "organization_id": organizations[client.name],
        "provider": "openai",
        "model": "gpt-5",
        "occurred_at": occurred_at.isoformat(),
        "input_tokens": 48_000,
        "output_tokens": 6_200,
        "duration_ms": 61_000,
    }
    await door.post("/v1/usage", [late])


async def _wait_for_collection(door: Door, console: Console) -> None:
    """Waits until every invoice with something due was paid or its first charge was refused."""
    with console.status("Collecting by card"):
        for _ in range(SETTLED_SECONDS * 2):
            invoices = (await door.get("/v1/invoices"))["items"]
            if invoices and not [invoice for invoice in invoices if await _under_way(door, invoice)]:
                return
            await asyncio.sleep(0.5)


async def _under_way(door: Door, invoice: dict[str, Any]) -> bool:
    if invoice["state"] != "finalized" or float(invoice["amount_due"]) == 0:
        return False
    tried = await door.get("/v1/payments", invoice_id=invoice["id"])
    return not any(payment["state"] in {"failed", "succeeded"} for payment in tried["items"])


def _progress(console: Console) -> Progress:
    words = TextColumn("{task.description:<28}")
    return Progress(words, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)

"""The printed end of the demo: invoices, money, what waits, and where to look."""

from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.demo.door import Door
from cli.dev.stack import Announcement


async def show_summary(
    door: Door, console: Console, stack: Announcement, month: date, run: dict[str, Any]
) -> None:
    """Prints the invoices of the month, what needs a person, and the addresses."""
    names = {item["id"]: item["name"] for item in (await door.get("/v1/organizations"))["items"]}
    invoices = (await door.get("/v1/invoices", period=f"{month:%Y-%m}"))["items"]
    console.print(_invoices(stack, month, invoices, names))
    waiting = (await door.get("/v1/quarantine"))["items"]
    mails = (await door.get("/v1/outbox"))["items"]
    console.print(
        f"Billing run {run['id']}: {run['state']}, {run['invoiced']} invoiced, {run['skipped']} skipped, {run['held']} held"
    )
    for group in waiting:
        console.print(
            f"Quarantine: {group['records']:,} records of {group['provider']}/{group['model']} wait for a price"
        )
    console.print(
        f"Mails: {len(mails)} in the outbox; one late record of {month:%B} waits for the next invoice"
    )
    console.print(_places(stack))


def _invoices(
    stack: Announcement, month: date, invoices: list[dict[str, Any]], names: dict[str, str]
) -> Table:
    table = Table(title=f"Invoices of {month:%B %Y}", title_justify="left")
    for heading in ("Number", "Organization", "State"):
        table.add_column(heading)
    for heading in ("Total", "From credits", "Due"):
        table.add_column(heading, justify="right")
    for invoice in sorted(invoices, key=lambda invoice: str(invoice["number"])):
        link = f"[link={stack.console_url}/console/invoices/{invoice['id']}]{invoice['number']}[/link]"
        amounts = [
            f"{invoice[name]} {invoice['currency']}" for name in ("total", "credits_applied", "amount_due")
        ]
        table.add_row(link, names.get(invoice["organization_id"], ""), invoice["state"], *amounts)
    return table


def _places(stack: Announcement) -> Table:
    places = Table(title="Look around", title_justify="left", show_header=False)
    rows = {
        "Console": stack.console_url,
        "Sign in as": f"{stack.admin_email}   {stack.admin_password}",
        "Temporal": stack.temporal_ui_url or "-",
        "Stripe sandbox": stack.stripe_sandbox_url or "your Stripe account",
        "Outbox": stack.outbox_url,
        "API": f"{stack.api_url}/docs",
        "API key": stack.admin_api_key,
    }
    for label, value in rows.items():
        places.add_row(label, value)
    return places

"""A chunk of the month-end on a real database: recurring charges, discount and tax, what is held, previewed, refused."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from db.engine import Database
from db.invoicing.chunk import Terms
from domain.ids import new_id, show
from domain.invoice.record import Unbillable
from domain.money import NANOS
from tests.monthend import NOVEMBER, NOW, balance, close_month, invoice_all, one, report, rows
from tests.world import Line, a_price, an_organization

DECEMBER = date(2026, 12, 1)
LATER = datetime(2026, 11, 5, 12, tzinfo=UTC)


async def much_more_in_november(database: Database) -> UUID:
    """An organization whose October is invoiced and whose November is a hundred times as large."""
    alice = await an_organization(database)
    await a_price(database)
    await report(
        database,
        Line(alice, input_tokens=5_000_000),
        Line(alice, id="r2", occurred_at=LATER, input_tokens=500_000_000),
    )
    await close_month(database)
    return alice


async def charged(
    database: Database, organization_id: object, what: str, nanos: int, starts_on: date
) -> None:
    sql = "insert into recurring_charges values (:id, :org, 'add_on', :what, :nanos, :starts_on, null, now())"
    facts = {"id": new_id(), "org": organization_id, "what": what, "nanos": nanos, "starts_on": starts_on}
    async with database.begin() as tx:
        await tx.execute(text(sql), facts)


async def test_recurring_charges_are_billed_by_the_day(database: Database) -> None:
    alice = await an_organization(database)
    await charged(database, alice, "A100 node", 31 * NANOS, date(2026, 10, 22))
    await close_month(database)
    await close_month(database, period=NOVEMBER)
    lines = await rows(
        database, "select description, quantity, unit, amount_nanos from invoice_lines order by usage_month"
    )
    assert [tuple(line.values()) for line in lines] == [
        ("A100 node (October 2026, 10 of 31 days)", 10, "day", 10 * NANOS),
        ("A100 node (November 2026)", 1, "month", 31 * NANOS),
    ]
    assert await balance(database, alice, "receivable:billed") == 41 * NANOS


async def test_discount_and_tax_are_on_what_is_due(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    async with database.begin() as tx:
        await tx.execute(text("update billing_profiles set discount_ppm = 100000, region = 'NY'"))
        await tx.execute(
            text("insert into tax_rates values (:id, 'US', 'NY', 'Sales tax', 88750, '2026-10-31', now())"),
            {"id": new_id()},
        )
    await report(database, Line(alice, input_tokens=50_000_000, output_tokens=0))
    await close_month(database)
    [invoice] = await rows(database, "select * from invoices")
    assert (invoice["subtotal_nanos"], invoice["discount_nanos"], invoice["tax_nanos"]) == (
        100 * NANOS,
        10 * NANOS,
        7_990_000_000,
    )
    assert invoice["tax_snapshot"]["base_nanos"] == 90 * NANOS
    assert await balance(database, alice, "receivable:billed") == 97_990_000_000
    assert await balance(database, alice, "tax:payable") == -7_990_000_000


async def test_an_anomaly_is_held_as_a_draft_and_leaves_the_books_alone(database: Database) -> None:
    await much_more_in_november(database)
    run = await close_month(database, period=NOVEMBER)
    [item] = await rows(database, "select state, reason from billing_run_items where run_id = :id", id=run.id)
    assert (item["state"], item["reason"]) == ("held", "much more than last month")
    assert await one(database, "select number from invoices where state = 'draft'") is None
    assert await one(database, "select invoiced_until from wallets") == datetime(2026, 11, 1, tzinfo=UTC)


async def test_a_released_organization_keeps_its_drafts_id_and_takes_the_next_number(
    database: Database,
) -> None:
    alice = await much_more_in_november(database)
    run = await close_month(database, period=NOVEMBER)
    draft = await one(database, "select id from invoices where state = 'draft'")
    async with database.begin() as tx:
        await tx.execute(
            text("update billing_run_items set state = 'pending', released = true where run_id = :id"),
            {"id": run.id},
        )
    await report(database, Line(alice, id="r3", occurred_at=LATER, input_tokens=1_000_000, output_tokens=0))
    await invoice_all(database, run)
    [invoice] = await rows(database, "select * from invoices where period = '2026-11-01'")
    assert (invoice["id"], invoice["number"], invoice["state"]) == (draft, "BO-000002", "finalized")
    assert invoice["usage_nanos"] == 501_000_000 * 2000 + 800_000


async def test_a_held_draft_that_a_later_month_overtakes_can_no_longer_be_released(
    database: Database,
) -> None:
    await much_more_in_november(database)
    held = await close_month(database, period=NOVEMBER)
    draft = await one(database, "select id from invoices where state = 'draft'")
    await close_month(database, period=DECEMBER)
    [item] = await rows(
        database, "select state, reason, invoice_id from billing_run_items where run_id = :id", id=held.id
    )
    assert tuple(item.values()) == ("skipped", "goes with the invoice of December 2026", None)
    told = await rows(database, "select target_id from audit where action = 'invoice.overtake'")
    assert [row["target_id"] for row in told] == [show("in", draft)]


async def test_a_preview_writes_its_result_and_nothing_else(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=5_000_000))
    run = await close_month(database, preview=True)
    [item] = await rows(
        database, "select state, total_nanos, result from billing_run_items where run_id = :id", id=run.id
    )
    assert (item["state"], item["total_nanos"], len(item["result"]["lines"])) == ("invoiced", 10 * NANOS, 2)
    assert await one(database, "select count(*) from invoices") == 0
    assert await one(database, "select next_number from legal_entities") == 1


async def test_facts_that_do_not_add_up_are_refused_and_nothing_is_written(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=0, output_tokens=0), Line(alice, id="r2"))
    async with database.begin() as tx:
        await tx.execute(text("update usage set input_tokens = 0, output_tokens = 0"))
    with pytest.raises(Unbillable):
        await close_month(database)
    assert await one(database, "select count(*) from invoices") == 0


async def test_a_currency_without_cents_is_rounded_to_whole_units(database: Database) -> None:
    alice = await an_organization(database, currency="JPY")
    await charged(database, alice, "Support", 1_500_000_000, date(2026, 10, 1))
    await close_month(database, terms=replace(Terms(), payment_terms_days=30))
    [invoice] = await rows(database, "select total_nanos, rounding_nanos, due_on from invoices")
    assert tuple(invoice.values()) == (2 * NANOS, NANOS // 2, date(2026, 12, 31))
    assert NOW.date() == date(2026, 12, 1)

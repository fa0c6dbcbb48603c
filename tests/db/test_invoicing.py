"""A chunk of the month-end on a real database: what is billed, from when, once, and how the books close."""

from datetime import UTC, date, datetime
from uuid import UUID

from db import prices, wallets
from db.engine import Database
from domain.ids import new_id
from domain.money import NANOS
from domain.rates import Rates, Tier
from domain.wallet import CreditLot
from tests.monthend import NOVEMBER, balance, close_month, invoice_all, one, report, rows
from tests.usage import a_price as a_version
from tests.world import NOON, Line, a_price, an_organization

LATER = datetime(2026, 11, 5, 12, tzinfo=UTC)


async def credited(database: Database, organization_id: UUID, nanos: int) -> None:
    lot = CreditLot(
        id=new_id(),
        organization_id=organization_id,
        kind="purchased",
        reason="test",
        amount_nanos=nanos,
        remaining_nanos=nanos,
        key=str(new_id()),
        created_at=NOON,
        priority=50,
        expires_at=None,
    )
    async with database.begin() as tx:
        await wallets.credit(tx, lot, source="cash:stripe", cause="test")


async def test_a_postpaid_month_is_its_priced_usage_rounded_once(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, *(Line(alice, id=f"r{n}", input_tokens=333, output_tokens=77) for n in range(100)))
    await close_month(database)
    [invoice] = await rows(database, "select * from invoices")
    assert (invoice["number"], invoice["state"]) == ("BO-000001", "finalized")
    assert invoice["usage_nanos"] == 100 * (333 * 2000 + 77 * 8000) == 128_200_000
    assert invoice["total_nanos"] == invoice["amount_due_nanos"] == 130_000_000
    assert await balance(database, alice, "receivable:billed") == 130_000_000
    assert await balance(database, alice, "receivable:unbilled") == 0


async def test_lines_show_input_cached_and_output_and_sum_to_the_subtotal(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(
        database, Line(alice, input_tokens=9_000_000, cached_input_tokens=1_000_000, output_tokens=1_000_003)
    )
    await close_month(database)
    lines = await rows(database, "select * from invoice_lines order by position")
    assert [(line["measure"], int(line["quantity"])) for line in lines] == [
        ("input", 8_000_000),
        ("cached", 1_000_000),
        ("output", 1_000_003),
    ]
    assert [line["amount_nanos"] for line in lines] == [16 * NANOS, NANOS // 2, 8 * NANOS]
    assert lines[0]["description"] == "gpt-5 input tokens"
    assert sum(line["exact_nanos"] for line in lines) == 24_500_024_000


async def test_long_requests_have_lines_of_their_own_with_their_rates(database: Database) -> None:
    alice = await an_organization(database)
    long = Tier(
        id=new_id(), above_tokens=200_000, rates=Rates(input_nanos=5 * NANOS, output_nanos=20 * NANOS)
    )
    async with database.begin() as tx:
        await prices.insert_once(tx, a_version(tiers=(long,)))
    sizes = (200_000, 200_001, 300_000)
    await report(
        database,
        *(Line(alice, id=f"r{n}", model="gpt-4o", input_tokens=n, output_tokens=1_000) for n in sizes),
    )
    await close_month(database)
    lines = await rows(database, "select * from invoice_lines order by position")
    assert [(line["description"], int(line["quantity"]), line["unit_price_nanos"]) for line in lines] == [
        ("gpt-4o input tokens", 200_000, 2_500_000_000),
        ("gpt-4o output tokens", 1_000, 10 * NANOS),
        ("gpt-4o input tokens of requests over 200,000", 500_001, 5 * NANOS),
        ("gpt-4o output tokens of requests over 200,000", 2_000, 20 * NANOS),
    ]


async def test_usage_paid_from_the_wallet_is_shown_and_settled(database: Database) -> None:
    alice = await an_organization(database, mode="prepaid")
    await a_price(database)
    await credited(database, alice, 100 * NANOS)
    await report(database, Line(alice, input_tokens=10_000_000, output_tokens=0))
    await close_month(database)
    [invoice] = await rows(database, "select * from invoices")
    assert (invoice["total_nanos"], invoice["credits_applied_nanos"]) == (20 * NANOS, 20 * NANOS)
    assert (invoice["amount_due_nanos"], invoice["state"]) == (0, "paid")


async def test_what_the_wallet_did_not_hold_is_due(database: Database) -> None:
    alice = await an_organization(database, mode="prepaid")
    await a_price(database)
    await credited(database, alice, 12 * NANOS)
    await report(database, Line(alice, input_tokens=10_000_000, output_tokens=0))
    await credited(database, alice, 50 * NANOS)
    await report(database, Line(alice, id="r2", occurred_at=LATER, input_tokens=1_000_000, output_tokens=0))
    await close_month(database)
    assert await one(database, "select amount_due_nanos from invoices") == 8 * NANOS
    assert await balance(database, alice, "receivable:unbilled") == 0


async def test_an_entry_over_two_months_owes_first_where_it_is_invoiced_first(database: Database) -> None:
    alice = await an_organization(database, mode="prepaid")
    await a_price(database)
    await credited(database, alice, 5 * NANOS)
    both = (
        Line(alice, input_tokens=2_000_000, output_tokens=0),
        Line(alice, id="r2", occurred_at=LATER, input_tokens=3_000_000, output_tokens=0),
    )
    await report(database, *both)
    await close_month(database)
    await close_month(database, period=NOVEMBER)
    due = await rows(database, "select amount_due_nanos, credits_applied_nanos from invoices order by period")
    assert [(row["amount_due_nanos"], row["credits_applied_nanos"]) for row in due] == [
        (4 * NANOS, 0),
        (NANOS, 5 * NANOS),
    ]
    assert await balance(database, alice, "receivable:unbilled") == 0


async def test_a_second_run_skips_who_is_invoiced(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=1_000_000))
    await close_month(database)
    bob = await an_organization(database, name="Bob")
    await report(database, Line(bob, input_tokens=1_000_000))
    run = await close_month(database)
    items = await rows(
        database, "select organization_id, state, reason from billing_run_items where run_id = :id", id=run.id
    )
    assert {item["organization_id"]: (item["state"], item["reason"]) for item in items} == {
        alice: ("skipped", "already invoiced"),
        bob: ("invoiced", ""),
    }
    assert [row["number"] for row in await rows(database, "select number from invoices order by number")] == [
        "BO-000001",
        "BO-000002",
    ]


async def test_invoicing_twice_equals_invoicing_once(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=1_000_000))
    run = await close_month(database)
    await invoice_all(database, run)
    assert await one(database, "select count(*) from invoices") == 1
    assert await one(database, "select next_number from legal_entities") == 2
    assert (
        await one(
            database, "select count(*) from postings where cause = 'invoice' and debit = 'receivable:billed'"
        )
        == 1
    )


async def test_who_used_nothing_is_skipped_and_stays_open(database: Database) -> None:
    alice = await an_organization(database)
    run = await close_month(database)
    [item] = await rows(database, "select state, reason from billing_run_items where run_id = :id", id=run.id)
    assert (item["state"], item["reason"]) == ("skipped", "nothing to invoice")
    assert (
        await one(database, "select invoiced_until from wallets where organization_id = :id", id=alice)
        is None
    )


async def test_late_usage_lands_on_the_next_invoice_as_an_adjustment(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(database, Line(alice, input_tokens=1_000_000))
    await close_month(database)
    await report(database, Line(alice, id="late", input_tokens=3_000_000, output_tokens=0))
    await close_month(database, period=NOVEMBER)
    [line] = await rows(
        database,
        "select l.* from invoice_lines l join invoices i on i.id = invoice_id where i.period = '2026-11-01'",
    )
    assert (line["kind"], line["description"]) == ("adjustment", "gpt-5 input tokens (October 2026)")
    assert (line["usage_month"], line["amount_nanos"]) == (date(2026, 10, 1), 6 * NANOS)


async def test_a_missed_month_is_taken_by_the_next_run(database: Database) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await report(
        database,
        Line(alice, output_tokens=0, input_tokens=1_000_000),
        Line(alice, id="r2", occurred_at=LATER, output_tokens=0, input_tokens=1_000_000),
    )
    await close_month(database, period=NOVEMBER)
    kinds = await rows(database, "select kind, usage_month from invoice_lines order by position")
    assert [(row["kind"], row["usage_month"].month) for row in kinds] == [("usage", 11), ("adjustment", 10)]


async def test_the_month_is_that_of_the_billing_zone(database: Database) -> None:
    alice = await an_organization(database, zone="America/New_York")
    await a_price(database)
    inside, outside = datetime(2026, 11, 1, 3, 59, tzinfo=UTC), datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    await report(
        database,
        Line(alice, occurred_at=inside, input_tokens=1_000_000),
        Line(alice, id="r2", occurred_at=outside, input_tokens=5_000_000),
    )
    await close_month(database)
    assert await one(database, "select quantity from invoice_lines where measure = 'input'") == 1_000_000

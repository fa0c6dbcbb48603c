"""The statement that takes usage in: stored once, priced at its time, debited to the last nano."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db import wallets
from db.engine import Database
from db.usage.intake import Intake
from domain.ids import new_id
from domain.wallet import CreditLot
from tests.db.conftest import PRICE, rows, take
from tests.world import NOON, Line, a_price, an_organization


async def credit(database: Database, organization_id: UUID, nanos: int, **facts: Any) -> CreditLot:
    lot = CreditLot(new_id(), organization_id, "granted", "gift", 40, nanos, nanos, None, str(new_id()), NOON)
    async with database.begin() as tx:
        return await wallets.credit(tx, replace(lot, **facts), source="promotion", cause="gift")


async def test_a_record_is_priced_and_debited_to_the_receivable(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    price = await a_price(database)
    assert await take(intake, Line(alice)) == []
    assert await rows(database, "select state, amount_nanos, price_id from usage") == [
        ("priced", PRICE, price)
    ]
    assert await rows(database, "select debit, credit, amount_nanos from postings") == [
        ("receivable:unbilled", "revenue:usage", PRICE)
    ]


async def test_a_record_points_to_the_entry_that_debited_it(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await take(intake, Line(alice), Line(alice, "r2"))
    found = await rows(
        database,
        "select count(*), sum(u.amount_nanos), min(p.amount_nanos) from usage u join postings p on p.entry_id = u.posting_id",
    )
    assert found == [(2, 2 * PRICE, 2 * PRICE)]


async def test_a_repeat_is_a_duplicate_and_costs_nothing(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await take(intake, Line(alice))
    assert await take(intake, Line(alice), Line(alice, "r2")) == [(0, "duplicate")]
    assert await rows(database, "select sum(amount_nanos)::bigint from postings") == [(2 * PRICE,)]


@pytest.mark.parametrize(
    "change",
    [{"input_tokens": 1001}, {"occurred_at": NOON + timedelta(days=40)}, {"model": "gpt-6"}, {"user": "bob"}],
)
async def test_the_same_id_with_other_content_is_a_conflict(
    database: Database, intake: Intake, change: dict[str, Any]
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await take(intake, Line(alice))
    assert await take(intake, replace(Line(alice), **change)) == [(0, "conflict")]
    assert await rows(database, "select count(*) from usage") == [(1,)]


async def test_the_same_id_of_another_organization_is_another_record(
    database: Database, intake: Intake
) -> None:
    alice, bob = await an_organization(database), await an_organization(database, name="Bob")
    await a_price(database)
    assert await take(intake, Line(alice), Line(bob)) == []


async def test_a_price_version_holds_from_its_instant_until_the_next(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await a_price(database, input_rate=4_000_000_000, effective_at=NOON)
    await take(intake, Line(alice, "before", NOON - timedelta(microseconds=1)), Line(alice, "at", NOON))
    found = await rows(database, "select id, amount_nanos from usage order by id")
    assert found == [("at", 4_800_000), ("before", PRICE)]


async def test_an_organizations_own_price_goes_before_the_general_one(
    database: Database, intake: Intake
) -> None:
    alice, bob = await an_organization(database), await an_organization(database, name="Bob")
    await a_price(database)
    await a_price(database, input_rate=1_000_000_000, organization_id=alice)
    await take(intake, Line(alice), Line(bob))
    found = await rows(database, "select amount_nanos from usage order by amount_nanos")
    assert found == [(1_800_000,), (PRICE,)]


async def test_usage_without_a_price_is_quarantined_and_not_debited(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database)
    assert await take(intake, Line(alice)) == [(0, "quarantined")]
    assert await rows(database, "select state, amount_nanos, posting_id from usage") == [
        ("quarantined", None, None)
    ]
    assert await rows(database, "select count(*) from postings") == [(0,)]


async def test_previews_and_tests_are_never_billed(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    assert (
        await take(intake, Line(alice, "p", environment="preview"), Line(alice, "t", environment="test"))
        == []
    )
    assert await rows(database, "select distinct state, amount_nanos, posting_id from usage") == [
        ("not_billed", 0, None)
    ]


async def test_a_meter_is_priced_by_its_quantity(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database, model="", meter="voice_minutes", unit=90_000_000)
    line = Line(
        alice, model="", meter="voice_minutes", quantity_micros=2_500_000, input_tokens=0, output_tokens=0
    )
    await take(intake, line)
    assert await rows(database, "select amount_nanos from usage") == [(225_000_000,)]


async def test_credits_are_spent_by_priority_then_expiry_and_the_rest_is_owed(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    last = await credit(database, alice, 1_000_000, kind="purchased", priority=60)
    later = await credit(database, alice, 500_000, expires_at=NOON + timedelta(days=9))
    sooner = await credit(database, alice, 700_000, expires_at=NOON + timedelta(days=2))
    await credit(database, alice, 9_000_000, expires_at=NOON - timedelta(seconds=1), priority=1)
    await take(intake, Line(alice))
    found = await rows(
        database,
        "select lot_id, debit, amount_nanos from postings where cause = 'usage' order by amount_nanos",
    )
    assert found == [
        (later.id, "wallet:granted", 500_000),
        (None, "receivable:unbilled", 600_000),
        (sooner.id, "wallet:granted", 700_000),
        (last.id, "wallet:purchased", 1_000_000),
    ]


async def test_the_wallet_is_never_drawn_below_its_floor(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await credit(database, alice, 2_000_000)
    async with database.begin() as tx:
        await wallets.set_floor(tx, organization_id=alice, floor_nanos=1_500_000)
    await take(intake, Line(alice))
    async with database.begin() as tx:
        wallet = await wallets.get(tx, organization_id=alice)
    assert (wallet.balance_nanos, wallet.available_nanos) == (1_500_000, 0)


async def test_credits_that_have_expired_do_not_keep_the_floor(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    await credit(database, alice, 2_000_000)
    await credit(database, alice, 3_000_000, expires_at=NOON - timedelta(seconds=1), priority=1)
    async with database.begin() as tx:
        await wallets.set_floor(tx, organization_id=alice, floor_nanos=1_500_000)
        assert (await wallets.get(tx, organization_id=alice)).available_nanos == 500_000
    await take(intake, Line(alice))
    async with database.begin() as tx:
        await wallets.expire_lots(tx, now=NOON)
        wallet = await wallets.get(tx, organization_id=alice)
    assert (wallet.balance_nanos, wallet.available_nanos) == (1_500_000, 0)


async def test_provider_cost_is_booked_in_dollars_beside_the_price(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database)
    await a_price(database)
    async with database.begin() as tx:
        await tx.execute(
            text(
                "insert into list_prices (id, provider, model, input_per_million_nanos, output_per_million_nanos, effective_at,"
                " source, created_at) values (uuidv7(), 'openai', 'gpt-5', 1000000000, 4000000000, '2020-01-01', 't', now())"
            )
        )
    await take(intake, Line(alice))
    assert await rows(database, "select cost_nanos from usage") == [(1_400_000,)]
    cost = "select amount_nanos, currency from postings where debit = 'cost:provider'"
    assert await rows(database, cost) == [(1_400_000, "USD")]


async def test_unknown_organizations_and_foreign_projects_are_refused_and_the_rest_kept(
    database: Database, intake: Intake
) -> None:
    alice, bob = await an_organization(database), await an_organization(database, name="Bob")
    await a_price(database)
    project = new_id()
    async with database.begin() as tx:
        await tx.execute(text(f"insert into projects values ('{project}', '{bob}', 'p', now(), null)"))
    verdicts = await take(
        intake,
        Line(new_id()),
        Line(alice, project_id=project),
        Line(bob, project_id=project),
        Line(alice, "good"),
    )
    assert sorted(verdicts) == [(0, "unknown_organization"), (1, "unknown_project")]
    assert await rows(database, "select count(*) from usage") == [(2,)]


async def test_usage_of_a_deleted_organization_is_refused_and_the_rest_kept(
    database: Database, intake: Intake
) -> None:
    alice, bob = await an_organization(database), await an_organization(database, name="Bob")
    await a_price(database)
    async with database.begin() as tx:
        await tx.execute(text("update organizations set state = 'deleted' where id = :id"), {"id": alice})
    verdicts = await take(intake, Line(alice), Line(bob), Line(new_id()))
    assert sorted(verdicts) == [(0, "organization_deleted"), (2, "unknown_organization")]
    assert await rows(database, "select organization_id from usage") == [(bob,)]


async def test_usage_of_an_invoiced_month_is_billed_with_the_open_one(
    database: Database, intake: Intake
) -> None:
    alice = await an_organization(database, zone="America/New_York")
    await a_price(database)
    async with database.begin() as tx:
        await tx.execute(text("update wallets set invoiced_until = '2026-11-01T04:00:00Z'"))
    november = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    await take(intake, Line(alice, "late", november - timedelta(seconds=1)), Line(alice, "own", november))
    found = await rows(database, "select id, billed_in::text from usage order by id")
    assert found == [("late", "2026-11-01"), ("own", None)]


async def test_records_of_any_month_find_a_place(database: Database, intake: Intake) -> None:
    alice = await an_organization(database)
    await a_price(database)
    old = datetime(2019, 3, 1, tzinfo=UTC)
    await intake.take_in([str(Line(alice, "old", old))], [], frozenset(), now=NOON)
    assert await rows(database, "select count(*) from usage_beyond") == [(1,)]
    await take(intake, Line(alice, "old2", old))
    assert await rows(database, "select count(*) from usage_beyond") == [(0,)]
    assert await rows(database, "select count(*) from usage_2019_03") == [(2,)]


async def test_eight_repeaters_leave_one_record_and_an_exact_ledger(
    database: Database, intake: Intake
) -> None:
    organizations = [await an_organization(database, name=f"o{n}") for n in range(5)]
    await a_price(database)
    lines = [Line(organizations[n % 5], f"r{n}") for n in range(200)]
    await asyncio.gather(*(take(intake, *lines[start:], *lines[:start]) for start in range(0, 200, 25)))
    assert await rows(database, "select count(*), sum(amount_nanos)::bigint from usage") == [
        (200, 200 * PRICE)
    ]
    assert await rows(database, "select sum(amount_nanos)::bigint from postings") == [(200 * PRICE,)]

"""What organizations spent is kept beside them: new usage at once, the moving window hourly."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.account_sums import AccountSumPump
from activities.rollups import RollupPump
from db import account_sums
from db.engine import Database
from tests.usage import Use, report

OCTOBER = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)


async def used(database: Database, organization_id: UUID, *moments: datetime) -> None:
    """A record at each of the moments, in the roll-ups."""
    uses = [Use(id=str(at), organization_id=organization_id, occurred_at=at) for at in moments]
    await report(database.url, *uses, now=datetime.now(UTC))
    await RollupPump(database).run_once()


async def kept(database: Database, organization_id: UUID) -> tuple[int, bool, bool]:
    """The requests counted, and whether month and thirty days hold anything."""
    query = text(
        "select requests, month_nanos > 0, thirty_days_nanos > 0 from account_sums where organization_id = :id"
    )
    async with database.begin() as tx:
        requests, month, days = (await tx.execute(query, {"id": organization_id})).one()
    return requests, month, days


async def test_new_usage_is_counted_by_the_next_round(database: Database, acme: UUID) -> None:
    pump = AccountSumPump(database)
    await pump.run_once()
    assert await kept(database, acme) == (0, False, False)
    await used(database, acme, datetime.now(UTC))
    await pump.run_once()
    await pump.run_once()
    assert await kept(database, acme) == (1, True, True)


@pytest.mark.parametrize(("zone", "in_month"), [("UTC", False), ("Asia/Tokyo", True)])
async def test_a_month_begins_in_the_organizations_own_zone(
    database: Database, acme: UUID, zone: str, in_month: bool
) -> None:
    await used(database, acme, OCTOBER)
    async with database.begin() as tx:
        await tx.execute(text("update organizations set time_zone = :zone"), {"zone": zone})
        await account_sums.count(tx, now=OCTOBER + timedelta(days=5))
    assert await kept(database, acme) == (1, in_month, True)


async def test_what_is_older_than_thirty_days_drops_out(database: Database, acme: UUID) -> None:
    await used(database, acme, OCTOBER)
    for days, requests in ((29, 1), (31, 0)):
        async with database.begin() as tx:
            await account_sums.count(tx, now=OCTOBER + timedelta(days=days))
        assert (await kept(database, acme))[0] == requests

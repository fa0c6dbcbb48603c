"""Legal holds: what they keep, and where they come too late."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities import erasures, legal_holds
from activities.upkeep import Hour, UpkeepSteps
from db.engine import Database
from domain.audit import SYSTEM
from domain.erasure import Erasure
from domain.errors import WrongState
from domain.legal_hold import LegalHold
from tests.monthend import one, rows
from tests.privacy import SENDER, TERMS, House, a_house, run

NOW = datetime.now(UTC)


@pytest.fixture
async def house(database: Database) -> House:
    return await a_house(database, usage=False)


async def placed(database: Database, house: House) -> LegalHold:
    async with database.begin() as tx:
        by: UUID = house.id_of("stella")
        return await legal_holds.place(
            tx, organization_id=house.acme, reason="a case", by=by, actor=SYSTEM, now=NOW
        )


async def test_texts_that_nobody_wants_stay_while_a_hold_is_in_force(
    database: Database, house: House
) -> None:
    hold = await placed(database, house)
    for statement in (
        "insert into usage_payloads values (:org, 'r1', now(), 'question', 'answer')",
        "insert into organization_settings values (:org, 'none', '', now())",
    ):
        await run(database, statement, org=house.acme)
    steps = UpkeepSteps(database, SENDER)
    assert await ActivityEnvironment().run(steps.remove_unwanted_payloads, Hour(at=NOW)) == 0
    async with database.begin() as tx:
        by = house.id_of("stella")
        await legal_holds.lift(tx, hold_id=hold.id, reason="over", by=by, actor=SYSTEM, now=NOW)
    assert await ActivityEnvironment().run(steps.remove_unwanted_payloads, Hour(at=NOW)) == 1
    assert await one(database, "select count(*) from usage_payloads") == 0


async def test_what_is_deleted_cannot_be_held(database: Database, house: House) -> None:
    await run(database, "update organizations set state = 'deleted' where id = :org", org=house.acme)
    with pytest.raises(WrongState, match="erased already"):
        await placed(database, house)


async def test_lifting_it_wakes_the_erasures_that_may_wait_for_it(database: Database, house: House) -> None:
    held, elsewhere = [await asked(database, house, name) for name in ("bob", "charlie")]
    hold = await placed(database, house)
    async with database.begin() as tx:
        await legal_holds.lift(
            tx, hold_id=hold.id, reason="over", by=house.id_of("stella"), actor=SYSTEM, now=NOW
        )
    told = "select workflow_id, payload ->> 'reason' as reason from intents where workflow = 'Erasure' and kind = 'signal'"
    assert await rows(database, told) == [{"workflow_id": held.workflow_id, "reason": "lifted"}]
    assert elsewhere.workflow_id != held.workflow_id


async def asked(database: Database, house: House, name: str) -> Erasure:
    """Somebody's erasure, whose days of grace have just begun."""
    async with database.begin() as tx:
        return await erasures.request(tx, house.id_of(name), staff=False, terms=TERMS, actor=SYSTEM, now=NOW)

"""Steps of a person's erasure: an organization keeps an owner, and a hold that comes at the last moment still holds."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from activities import erasures, inviting, legal_holds
from activities.erasure_steps import ErasureOrder, ErasureStanding, ErasureSteps
from activities.mail_secrets import MailSecrets
from activities.privacy_letters import PrivacyLetters
from db import members, organizations
from db.engine import Database
from domain.audit import SYSTEM
from domain.ids import show
from tests.monthend import one, rows
from tests.privacy import SENDER, TERMS, House, a_house, run
from tests.waiting import somebody_waits_for_a_lock

LIVING_OWNERS = """select count(*) from memberships m join users u on u.id = m.user_id
 where m.role = 'owner' and u.disabled_at is null and m.organization_id = :org"""


@pytest.fixture
async def house(database: Database) -> House:
    """Alice and Bob own Acme."""
    made = await a_house(database, usage=False)
    await run(database, "update memberships set role = 'owner' where user_id = :id", id=made.id_of("bob"))
    return made


@pytest.fixture
def steps(database: Database) -> ErasureSteps:
    return ErasureSteps(database, PrivacyLetters(SENDER, MailSecrets("secret")))


async def begun(database: Database, steps: ErasureSteps, house: House, name: str) -> str:
    """An erasure of which the day has come, by its id."""
    async with database.begin() as tx:
        made = await erasures.request(
            tx, house.id_of(name), staff=False, terms=TERMS, actor=SYSTEM, now=datetime.now(UTC)
        )
    assert (await steps.begin_erasure(made.shown_id)).state == "finishing"
    return made.shown_id


async def erase(steps: ErasureSteps, erasure_id: str) -> ErasureStanding:
    return await steps.erase_person(ErasureOrder(erasure_id=erasure_id, lasts_seconds=86_400))


async def test_of_two_owners_whose_day_has_come_the_second_stays(
    database: Database, steps: ErasureSteps, house: House
) -> None:
    first, second = [await begun(database, steps, house, name) for name in ("alice", "bob")]
    assert (await erase(steps, first)).state == "erased"
    standing = await erase(steps, second)
    assert (standing.state, "another owner" in standing.obstacle) == ("finishing", True)
    assert await one(database, LIVING_OWNERS, org=house.acme) == 1


async def test_processes_of_the_invitations_that_go_with_the_person_are_told(
    database: Database, steps: ErasureSteps, house: House
) -> None:
    erasure = await begun(database, steps, house, "alice")
    async with database.begin() as tx:
        made = await inviting.invite(
            tx,
            organization_id=house.other,
            email="alice@example.com",
            role="member",
            inviter="Charlie",
            lasts=timedelta(days=7),
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
    await erase(steps, erasure)
    told = "select count(*) from intents where name = 'invite_changed' and workflow_id = :id"
    assert await one(database, told, id=f"invite/{show('inv', made.id)}") == 1
    assert await one(database, "select count(*) from invites") == 0


async def test_of_two_owners_erased_at_the_same_moment_one_stays(
    database: Database, database_url: str, steps: ErasureSteps, house: House
) -> None:
    both = [await begun(database, steps, house, name) for name in ("alice", "bob")]
    async with database.begin() as tx:
        await organizations.lock(tx, organization_id=house.acme)
        erasing = asyncio.gather(*(erase(steps, each) for each in both))
        await somebody_waits_for_a_lock(database_url)
    assert sorted(standing.state for standing in await erasing) == ["erased", "finishing"]
    assert await one(database, LIVING_OWNERS, org=house.acme) == 1


async def test_an_owner_who_leaves_meanwhile_keeps_the_other(
    database: Database, database_url: str, steps: ErasureSteps, house: House
) -> None:
    erasure_id = await begun(database, steps, house, "alice")
    async with database.begin() as tx:
        bob = {"organization_id": house.acme, "user_id": house.id_of("bob")}
        await members.lock(tx, **bob)
        await members.remove(tx, **bob, now=datetime.now(UTC))
        erasing = asyncio.create_task(erase(steps, erasure_id))
        await somebody_waits_for_a_lock(database_url)
    assert "another owner" in (await erasing).obstacle
    assert await one(database, LIVING_OWNERS, org=house.acme) == 1


async def test_a_hold_placed_while_erasing_begins_keeps_the_person(
    database: Database, database_url: str, steps: ErasureSteps, house: House
) -> None:
    erasure_id = await begun(database, steps, house, "alice")
    async with database.begin() as tx:
        by, now = house.id_of("stella"), datetime.now(UTC)
        await legal_holds.place(tx, organization_id=house.acme, reason="a case", by=by, actor=SYSTEM, now=now)
        erasing = asyncio.create_task(erase(steps, erasure_id))
        await somebody_waits_for_a_lock(database_url)
    standing = await erasing
    assert (standing.state, "hold" in standing.obstacle) == ("finishing", True)
    assert await one(database, "select count(*) from users where name = 'Alice'") == 1


async def test_the_log_of_each_organization_says_that_the_person_left_it(
    database: Database, steps: ErasureSteps, house: House
) -> None:
    await run(
        database, "update memberships set role = 'member' where organization_id = :org", org=house.other
    )
    await run(
        database,
        "update memberships set role = 'owner' where user_id = :id and organization_id = :org",
        id=house.id_of("charlie"),
        org=house.other,
    )
    erasure = await begun(database, steps, house, "bob")
    assert (await erase(steps, erasure)).state == "erased"
    found = await rows(
        database,
        "select organization_id, target_id, before, after from audit where action = 'member.leave' order by 1",
    )
    who, because = show("usr", house.id_of("bob")), {"erasure": erasure}
    assert found == [
        {"organization_id": place, "target_id": who, "before": {"role": role}, "after": because}
        for place, role in sorted([(house.acme, "owner"), (house.other, "member")])
    ]

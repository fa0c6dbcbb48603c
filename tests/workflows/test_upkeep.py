"""The hourly upkeep on a real database: keys that end, payloads nobody wants."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.provider_checks import ProviderChecks
from activities.provider_upkeep import ProviderUpkeep
from activities.registry import activities_of
from activities.upkeep import Hour, UpkeepSteps
from db import api_keys, organization_settings, users
from db.engine import Database
from domain.api_key import issue
from domain.ids import new_id, show
from domain.organization_settings import OrganizationSettings
from domain.user import User
from tests.collecting import SENDER
from tests.monthend import one, rows
from tests.temporal import Temporal, running
from tests.world import an_organization
from workflows.upkeep import Upkeep, UpkeepInput, UpkeepResult

NOW = datetime.now(UTC)


@pytest.fixture
def steps(database: Database) -> UpkeepSteps:
    return UpkeepSteps(database, SENDER)


@pytest.fixture
async def checks(database: Database) -> AsyncIterator[ProviderChecks]:
    checks = ProviderChecks.open(database, SENDER, pepper="pepper", strict=False)
    try:
        yield checks
    finally:
        await checks.close()


async def a_member(database: Database, organization_id: uuid.UUID, name: str, role: str) -> uuid.UUID:
    person = User(
        id=new_id(), email=f"{name}@example.com", name=name, kind="client", staff_role=None, created_at=NOW
    )
    async with database.begin() as tx:
        await users.ensure(tx, person, password_hash=None)
        await users.insert_membership(
            tx, organization_id=organization_id, user_id=person.id, role=role, now=NOW
        )
    return person.id


async def a_key(database: Database, *, ends_at: datetime, made_at: datetime | None = None) -> uuid.UUID:
    """Acme's key, made by Bob; Alice owns Acme."""
    acme = await an_organization(database, name="Acme")
    await a_member(database, acme, "alice", "owner")
    bob = await a_member(database, acme, "bob", "member")
    key, _ = issue(
        organization_id=acme,
        project_id=None,
        name="Gateway",
        environment="live",
        scopes=["usage:write"],
        created_by="bob",
        created_by_user=bob,
        now=made_at or ends_at - timedelta(days=90),
        expires_at=ends_at,
    )
    async with database.begin() as tx:
        await api_keys.insert_one(tx, key, key_hash=b"x")
    return key.id


async def warned(steps: UpkeepSteps, at: datetime) -> int:
    return await ActivityEnvironment().run(steps.warn_of_ending_keys, Hour(at=at))


async def subjects(database: Database) -> list[tuple[str, str]]:
    found = await rows(database, "select recipient, subject from mails order by created_at, recipient")
    return [(row["recipient"].partition("@")[0], row["subject"]) for row in found]


async def test_the_maker_and_the_owners_are_told_14_3_and_0_days_before_once_each(
    database: Database, temporal: Temporal, steps: UpkeepSteps, checks: ProviderChecks
) -> None:
    await a_key(database, ends_at=NOW + timedelta(days=13))
    all_steps = [*activities_of(steps), *activities_of(ProviderUpkeep(database, checks))]
    async with running(temporal, [Upkeep], all_steps):
        result = await temporal.client.execute_workflow(
            Upkeep.run, UpkeepInput(), id=f"upkeep/{uuid.uuid4()}", task_queue=temporal.task_queue
        )
    assert result == UpkeepResult(keys_warned=1, payloads_removed=0)
    counts = [await warned(steps, NOW + timedelta(days=day)) for day in (1, 9, 11, 12, 13, 14)]
    assert counts == [0, 0, 1, 0, 1, 0]
    told = [subject.removeprefix("The API key “Gateway” ") for _, subject in await subjects(database)]
    assert told == ["ends within 14 days"] * 2 + ["ends within 3 days"] * 2 + ["has ended"] * 2
    assert {name for name, _ in await subjects(database)} == {"alice", "bob"}


async def test_whoever_of_the_staff_made_it_is_led_to_the_console(
    database: Database, steps: UpkeepSteps
) -> None:
    key = await a_key(database, ends_at=NOW + timedelta(days=13))
    async with database.begin() as tx:
        await tx.execute(
            text("delete from memberships using users u where u.id = user_id and u.name = 'bob'")
        )
        await tx.execute(text("update users set kind = 'staff', staff_role = 'admin' where name = 'bob'"))
    assert await warned(steps, NOW) == 1
    acme = await one(database, "select organization_id from api_keys where id = :id", id=key)
    found = await rows(database, "select recipient, text from mails order by recipient")
    links = {row["recipient"]: "/portal/api-keys" in row["text"] for row in found}
    assert links == {"alice@example.com": True, "bob@example.com": False}
    assert f"/console/organizations/{show('org', acme)}/api-keys" in found[1]["text"]


async def test_a_key_that_lives_shorter_than_a_step_is_not_announced_when_it_is_made(
    database: Database, steps: UpkeepSteps
) -> None:
    await a_key(database, ends_at=NOW + timedelta(days=2), made_at=NOW)
    assert await warned(steps, NOW) == 0
    assert await warned(steps, NOW + timedelta(days=2)) == 1


@pytest.mark.parametrize("change", ["revoked_at = now()", "replaced_by = id"], ids=["revoked", "rotated"])
async def test_nobody_is_told_of_a_key_that_was_given_up(
    database: Database, steps: UpkeepSteps, change: str
) -> None:
    await a_key(database, ends_at=NOW + timedelta(days=1))
    async with database.begin() as tx:
        await tx.execute(text(f"update api_keys set {change}"))
    assert await warned(steps, NOW) == 0


async def test_payloads_are_neither_stored_nor_kept_where_none_are_wanted(
    database: Database, steps: UpkeepSteps
) -> None:
    insert = "insert into usage_payloads select id, :record, now(), '\"hello\"', null from organizations"
    wants, wants_none = await an_organization(database), await an_organization(database, name="Bob")
    decision = OrganizationSettings(organization_id=wants_none, payload_retention="none")
    async with database.begin() as tx:
        await tx.execute(text(insert), {"record": "before"})
        await organization_settings.save(tx, decision, now=NOW)
        await tx.execute(text(insert), {"record": "after"})
    assert await one(database, "select count(*) from usage_payloads") == 3
    assert await ActivityEnvironment().run(steps.remove_unwanted_payloads, Hour(at=NOW)) == 1
    kept = await rows(database, "select organization_id from usage_payloads")
    assert [row["organization_id"] for row in kept] == [wants, wants]

"""Every key at a provider of models is looked at once a day; its owners are told once when it stops working."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.provider_checks import ProviderChecks
from activities.provider_upkeep import ProviderUpkeep
from activities.registry import activities_of
from activities.upkeep import Hour, UpkeepSteps
from db import provider_credentials, users
from db.engine import Database
from db.erasing import organizations as erasing
from domain.ids import new_id
from domain.provider_credential import ProviderCredential
from domain.user import User
from tests.collecting import SENDER
from tests.model_host import ModelHost, serving
from tests.monthend import one, rows
from tests.temporal import Temporal, running
from tests.world import an_organization
from workflows.upkeep import Upkeep, UpkeepInput

NOW = datetime.now(UTC)
SECRET = "sk-of-acme-0123456789-wxyz"


@pytest.fixture
def host() -> Iterator[ModelHost]:
    with serving() as started:
        started.keys.add(SECRET)
        yield started


@pytest.fixture
async def checks(database: Database) -> AsyncIterator[ProviderChecks]:
    opened = ProviderChecks.open(database, SENDER, pepper="pepper", strict=False)
    yield opened
    await opened.close()


@pytest.fixture
async def acme(database: Database) -> UUID:
    """Alice owns it, Ada manages it, Bob is a member."""
    acme = await an_organization(database, name="Acme")
    async with database.begin() as tx:
        for name, role in (("alice", "owner"), ("ada", "admin"), ("bob", "member")):
            person = User(
                id=new_id(),
                email=f"{name}@example.com",
                name=name,
                kind="client",
                staff_role=None,
                created_at=NOW,
            )
            await users.ensure(tx, person, password_hash=None)
            await users.insert_membership(tx, organization_id=acme, user_id=person.id, role=role, now=NOW)
    return acme


async def a_key(
    checks: ProviderChecks, database: Database, acme: UUID, host: ModelHost, name: str = "Main"
) -> UUID:
    key = ProviderCredential(
        id=new_id(),
        organization_id=acme,
        project_id=None,
        provider="openai_compatible",
        name=name,
        base_url=host.url,
        last_four="wxyz",
        version=1,
        rotated_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    async with database.begin() as tx:
        await provider_credentials.insert_one(tx, key, sealed_secret=checks.secrets.sealed(key, SECRET))
    return key.id


async def looked(checks: ProviderChecks, database: Database, *, day: float) -> int:
    """The upkeep so many days from now; how many keys were checked."""
    hour = Hour(at=NOW + timedelta(days=day))
    return await ActivityEnvironment().run(ProviderUpkeep(database, checks).check_provider_keys, hour)


async def letters(database: Database) -> list[str]:
    found = await rows(database, "select recipient, subject from mails order by recipient")
    assert all("no longer accepts your key “Main”" in row["subject"] for row in found)
    return [row["recipient"].partition("@")[0] for row in found]


async def test_every_key_is_checked_once_a_day_by_the_hourly_process(
    database: Database, temporal: Temporal, checks: ProviderChecks, acme: UUID, host: ModelHost
) -> None:
    for name in ("Main", "Second", "Third", "Fourth", "Fifth"):
        await a_key(checks, database, acme, host, name)
    steps = [UpkeepSteps(database, SENDER), ProviderUpkeep(database, checks)]
    async with running(temporal, [Upkeep], [step for group in steps for step in activities_of(group)]):
        result = await temporal.client.execute_workflow(
            Upkeep.run, UpkeepInput(), id=f"upkeep/{uuid.uuid4()}", task_queue=temporal.task_queue
        )
    assert result.provider_keys_checked == 5
    assert await one(database, "select count(*) from provider_credentials where readiness = 'ready'") == 5
    assert [await looked(checks, database, day=day) for day in (0.9, 1.1, 1.2, 2.2)] == [0, 5, 0, 5]


async def test_owners_and_admins_are_told_once_each_time_a_key_stops_working(
    database: Database, checks: ProviderChecks, acme: UUID, host: ModelHost
) -> None:
    await a_key(checks, database, acme, host)
    told: list[list[str]] = []
    ways = ("usual", "broken", "refusing", "refusing", "usual", "refusing")
    for day, way in enumerate(ways):
        host.way = "broken" if way == "broken" else "usual"
        host.keys = set() if way == "refusing" else {SECRET}
        await looked(checks, database, day=day * 1.1)
        told.append(await letters(database))
    once = ["ada", "alice"]
    assert told == [[], [], once, once, once, sorted(once * 2)]
    acts = await rows(
        database, "select after from audit where action = 'provider_credential.check' order by sequence"
    )
    found = [row["after"]["readiness"] for row in acts]
    assert found == ["ready", "unreachable", "refused", "ready", "refused"]


async def test_a_key_that_never_worked_is_no_news(
    database: Database, checks: ProviderChecks, acme: UUID, host: ModelHost
) -> None:
    host.keys = set()
    await a_key(checks, database, acme, host)
    assert await looked(checks, database, day=0) == 1
    assert await one(database, "select readiness from provider_credentials") == "refused"
    assert await letters(database) == []


@pytest.mark.parametrize(
    "change",
    [
        "update provider_credentials set enabled = false",
        "update organizations set state = 'suspended', suspended_reason = 'x'",
    ],
    ids=["disabled", "suspended"],
)
async def test_what_is_not_used_is_not_asked_for(
    database: Database, checks: ProviderChecks, acme: UUID, host: ModelHost, change: str
) -> None:
    await a_key(checks, database, acme, host)
    await one(database, f"{change} returning 1")
    assert await looked(checks, database, day=0) == 0
    assert host.asked == []


async def test_what_was_changed_while_the_provider_answered_stays_unchecked(
    database: Database, checks: ProviderChecks, acme: UUID, host: ModelHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = await a_key(checks, database, acme, host)
    look = checks._providers.look

    async def late(*given: object, **more: str) -> object:
        finding = await look(*given, **more)  # type: ignore[bad-argument-type]  # handed on unchanged; the checker cannot see what they are
        await one(database, "update provider_credentials set version = 2 returning 1")
        return finding

    monkeypatch.setattr(checks._providers, "look", late)
    assert (await checks.check(key_id, now=NOW)).readiness == "unchecked"
    assert await one(database, "select checked_at from provider_credentials") is None


async def test_a_secret_moved_to_another_row_does_not_open(
    database: Database, checks: ProviderChecks, acme: UUID, host: ModelHost
) -> None:
    await a_key(checks, database, acme, host)
    other = await a_key(checks, database, acme, host, "Other")
    move = """update provider_credentials o set sealed_secret = m.sealed_secret from provider_credentials m
               where o.id = :id and m.id <> :id returning 1"""
    await one(database, move, id=other)
    assert "no longer read" in (await checks.check(other, now=NOW)).reason
    assert host.asked == []


async def test_with_its_organization_a_key_is_erased(
    database: Database, checks: ProviderChecks, acme: UUID, host: ModelHost
) -> None:
    await a_key(checks, database, acme, host)
    async with database.begin() as tx:
        parts = await erasing.erase(tx, organization_id=acme, owing=False, now=NOW)
    assert ("keys at providers of models", 1) in [(part.noun, part.count) for part in parts]
    assert await one(database, "select count(*) from provider_credentials") == 0

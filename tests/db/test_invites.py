"""Invitations that wait: those to somebody's addresses, and those into an organization, and no others."""

from uuid import UUID

import pytest
from sqlalchemy import text

from db import invites
from db.engine import Database
from tests.world import an_organization

_INSERT = text("""insert into invites (id, organization_id, email, role, state, generation, inviter, began_at, created_at,
  expires_at, ended_at, trouble) select uuidv7(), place, email, case when place is null then 'admin' else 'member' end,
  case when ended is null then 'sent' else 'revoked' end, 1, 'Alice', now(), now(), now() + interval '1 day', ended, ''
  from (values (cast(:acme as uuid), 'nina@example.com', null), (null, 'nina@example.com', null),
               (null, 'sam@example.com', null), (:acme, 'gone@example.com', now())) as v (place, email, ended)""")


@pytest.fixture
async def acme(database: Database) -> UUID:
    """Acme and our staff have invited Nina, our staff Sam; somebody else has answered Acme."""
    made = await an_organization(database)
    async with database.begin() as tx:
        await tx.execute(_INSERT, {"acme": made})
    return made


async def test_those_to_addresses_are_of_every_place_and_of_nobody_else(
    database: Database, acme: UUID
) -> None:
    async with database.begin() as tx:
        found = await invites.list_living_to(tx, emails=["nina@example.com"])
        assert [(each.email, each.organization_id) for each in found] == [
            ("nina@example.com", acme),
            ("nina@example.com", None),
        ]
        assert await invites.list_living_to(tx, emails=[]) == []


async def test_those_into_an_organization_are_of_nobody_elses(database: Database, acme: UUID) -> None:
    async with database.begin() as tx:
        found = await invites.list_living_into(tx, organization_id=acme)
    assert [(each.email, each.organization_id) for each in found] == [("nina@example.com", acme)]

"""What the pages show in tests: people and organizations, made by the same functions as everywhere."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import FastAPI

from db import organizations, users
from db.engine import Database
from domain.ids import new_id
from gateways.passwords import Passwords
from tests.api.conftest import NOW, PASSWORD, organization, user


@dataclass(frozen=True)
class World:
    """Acme pays ahead; Borealis pays by invoice."""

    acme: UUID
    borealis: UUID


async def build(database: Database, app: FastAPI) -> World:
    """Fills an empty database."""
    made = World(new_id(), new_id())
    password = await Passwords().hashed(PASSWORD)
    async with database.begin() as tx:
        await organizations.insert_one(tx, organization(made.acme, "Acme Robotics"))
        await organizations.insert_one(tx, organization(made.borealis, "Borealis Health"))
        for name, role in (("alice", "owner"), ("bob", "member")):
            person = await users.ensure(tx, user(name, "client"), password_hash=password)
            await users.insert_membership(tx, organization_id=made.acme, user_id=person, role=role, now=NOW)
        await users.ensure(tx, user("stella", "staff"), password_hash=password)
        await users.ensure(tx, user("conrad", "contractor"), password_hash=password)
    return made

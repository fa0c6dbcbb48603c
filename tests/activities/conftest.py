"""What several tests of activities begin with."""

from uuid import UUID

import pytest

from activities.prices import publish
from db.engine import Database
from domain.audit import SYSTEM
from tests.collecting import house
from tests.usage import a_price, an_organization

__all__ = ["acme", "house"]


@pytest.fixture
async def acme(database: Database) -> UUID:
    """An organization, and a price for its usage."""
    async with database.begin() as tx:
        await publish(tx, a_price(), actor=SYSTEM)
    return await an_organization(database)

"""The application linked to a real Temporal: imported by tests whose fixture it is."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from api.app import create_app
from db.engine import Database
from gateways.settings import Settings
from tests.temporal import Temporal, temporal, temporal_address, time_skipper

__all__ = ["app", "temporal", "temporal_address", "time_skipper"]


@pytest.fixture
async def app(database: Database, temporal: Temporal) -> AsyncIterator[FastAPI]:
    app = create_app(Settings.read({}), database=database, temporal=temporal)
    async with app.router.lifespan_context(app):
        yield app

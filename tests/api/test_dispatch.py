"""A door's intents reach Temporal at once after their commit, and never before."""

import asyncio
import uuid

import pytest
from fastapi import FastAPI
from temporalio.service import RPCError

from api.app import create_app
from db import intents
from db.engine import Database
from gateways.settings import Settings
from tests.temporal import *  # noqa: F403 — the fixtures
from tests.temporal import Temporal


@pytest.fixture
def app(database: Database, temporal: Temporal) -> FastAPI:
    return create_app(Settings.read({}), database=database, temporal=temporal)


async def test_an_intent_is_delivered_without_anybody_asking(
    app: FastAPI, database: Database, temporal: Temporal
) -> None:
    workflow_id = f"errand/{uuid.uuid4()}"
    async with app.router.lifespan_context(app):
        await _write(database, workflow_id)
        await _started(temporal, workflow_id)


async def test_what_was_rolled_back_is_never_delivered(
    app: FastAPI, database: Database, temporal: Temporal
) -> None:
    workflow_id = f"errand/{uuid.uuid4()}"
    async with app.router.lifespan_context(app):
        with pytest.raises(RuntimeError):
            await _write(database, workflow_id, fail=True)
        await asyncio.sleep(0.2)
        with pytest.raises(RPCError):
            await temporal.client.get_workflow_handle(workflow_id).describe()


async def _write(database: Database, workflow_id: str, *, fail: bool = False) -> None:
    async with database.begin() as tx:
        await intents.insert(
            tx, key="1", kind="start", workflow="Errand", workflow_id=workflow_id, payload={}
        )
        if fail:
            raise RuntimeError("the door failed")


async def _started(temporal: Temporal, workflow_id: str) -> None:
    for _ in range(100):
        try:
            await temporal.client.get_workflow_handle(workflow_id).describe()
        except RPCError:
            await asyncio.sleep(0.02)
        else:
            return
    raise AssertionError("the intent was not delivered")

"""The codec's door: operators read what workflows remember, nobody else does."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from temporalio.api.common.v1 import Payload

from api.app import create_app
from db.engine import Database
from gateways.settings import Settings
from gateways.temporal.codec import AesGcmCodec
from tests.temporal import *  # noqa: F403 — the fixtures
from tests.temporal import Temporal

CODEC = AesGcmCodec(bytes(range(32)))
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'"secret"')


@pytest.fixture
async def app(database: Database, temporal: Temporal) -> AsyncIterator[FastAPI]:
    app = create_app(Settings.read({}), database=database, temporal=replace(temporal, codec=CODEC))
    async with app.router.lifespan_context(app):
        yield app


async def sealed(codec: AesGcmCodec = CODEC) -> dict[str, object]:
    """A payload as the Temporal UI sends it."""
    payload = (await codec.encode([SECRET]))[0]
    metadata = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
    return {"payloads": [{"metadata": metadata, "data": base64.b64encode(payload.data).decode()}]}


async def test_an_operator_reads_a_payload(stella: httpx.AsyncClient) -> None:
    opened = (await stella.post("/codec/decode", json=await sealed())).json()["payloads"][0]
    assert base64.b64decode(opened["data"]) == SECRET.data


async def test_a_payload_under_another_key_stays_closed(stella: httpx.AsyncClient) -> None:
    refused = await stella.post("/codec/decode", json=await sealed(AesGcmCodec(bytes(32))))
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("payloads: No key")


async def test_nobody_else_reads_it(alice: httpx.AsyncClient, nobody: httpx.AsyncClient) -> None:
    assert (await alice.post("/codec/decode", json=await sealed())).status_code == 403
    assert (await nobody.post("/codec/decode", json=await sealed())).status_code == 401

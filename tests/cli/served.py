"""An API that is really served, for commands that call it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.app import create_app
from db import api_keys
from db.engine import Database
from domain.api_key import issue
from domain.key_form import keyed_hash
from gateways.settings import Settings
from tests.usage import NOON


def settings_of(database_url: str) -> Settings:
    return Settings.read({"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:9"})


async def staff_key(database: Database, settings: Settings) -> str:
    key, secret = issue(
        organization_id=None,
        project_id=None,
        name="importer",
        environment="live",
        scopes=("platform:all",),
        created_by="test",
        now=NOON,
        expires_at=None,
    )
    async with database.begin() as tx:
        await api_keys.insert_one(tx, key, key_hash=keyed_hash(secret, settings.key_pepper))
    return secret


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()

"""An API that is really served, for commands that call it."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.app import create_app
from db import api_keys
from db.engine import Database
from domain.api_key import issue
from domain.key_form import keyed_hash
from gateways.settings import Settings
from tests import serving
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
    with serving.served(create_app(settings)) as url:
        yield url

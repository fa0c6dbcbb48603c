"""A password that is changed while the old one is being checked."""

import httpx
from fastapi import FastAPI
from typing_extensions import override

from db.engine import Database
from gateways.passwords import Passwords
from tests.api.conftest import PASSWORD, World
from tests.monthend import one
from tests.privacy import run


class Slow(Passwords):
    """While it checks Alice's password, she chooses another; what it has checked is hashed in an old way."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database

    @override
    async def matches(self, password: str, kept: str | None) -> bool:
        found = await super().matches(password, kept)
        await run(self.database, "update users set password_hash = 'her new one' where email like 'alice%'")
        return found

    @override
    def outdated(self, kept: str) -> bool:
        return True


async def test_the_old_one_opens_nothing_and_is_not_written_back(
    app: FastAPI, world: World, database: Database, nobody: httpx.AsyncClient
) -> None:
    app.state.passwords = Slow(database)
    answer = await nobody.post("/v1/sessions", json={"email": "alice@example.com", "password": PASSWORD})
    assert answer.status_code == 401
    assert await one(database, "select count(*) from sessions") == 0
    kept = "select password_hash from users where email like 'alice%'"
    assert await one(database, kept) == "her new one"

"""Two who do the same at the same moment: one is done, the other is told by the rule's own name, never by a 500."""

import asyncio
from collections.abc import Awaitable

import httpx
import psycopg
from fastapi import FastAPI

from db.clashes import RULES
from tests.api.conftest import World, signed_in

_KNOWN = """
select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
 where x.indisunique and c.relnamespace = 'public'::regnamespace and i.relname = any(%s)"""


async def answers(*asked: Awaitable[httpx.Response]) -> list[tuple[int, str]]:
    """Statuses and codes of requests made at the same moment, the done ones first."""
    got = await asyncio.gather(*asked)
    return sorted((answer.status_code, answer.json().get("code", "")) for answer in got)


async def invited(by: httpx.AsyncClient, world: World, email: str) -> str:
    made = await by.post(f"{world.acme_path}/invites", json={"email": email, "role": "member"})
    assert made.status_code == 201, made.text
    identifier: str = made.json()["id"]
    return identifier


async def test_two_invitations_corrected_to_one_address_at_the_same_moment(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    ada = await signed_in(app, "ada")
    for turn in range(15):
        first, second = [await invited(alice, world, f"{name}{turn}@example.com") for name in "ab"]
        body = {"email": f"right{turn}@example.com"}
        got = await answers(
            alice.post(f"/v1/invites/{first}/resend", json=body),
            ada.post(f"/v1/invites/{second}/resend", json=body),
        )
        assert got == [(200, ""), (409, "invited_already")]


async def test_one_invitation_corrected_twice_at_the_same_moment(
    app: FastAPI, alice: httpx.AsyncClient, world: World
) -> None:
    ada = await signed_in(app, "ada")
    for turn in range(10):
        path = f"/v1/invites/{await invited(alice, world, f'one{turn}@example.com')}/resend"
        body = {"email": f"right{turn}@example.com"}
        got = await answers(alice.post(path, json=body), ada.post(path, json=body))
        assert [status for status, _ in got] == [200, 200]


async def test_two_projects_renamed_alike_at_the_same_moment(alice: httpx.AsyncClient, world: World) -> None:
    for turn in range(10):
        made = [await alice.post(f"{world.acme_path}/projects", json={"name": f"{n}{turn}"}) for n in "ab"]
        paths = [f"/v1/projects/{answer.json()['id']}" for answer in made]
        got = await answers(*(alice.patch(path, json={"name": f"same{turn}"}) for path in paths))
        assert got == [(200, ""), (409, "conflict")]


def test_every_rule_is_a_constraint_of_the_database(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found = {str(name) for (name,) in connection.execute(_KNOWN, [list(RULES)])}
    assert found == set(RULES)

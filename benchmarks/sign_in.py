"""Signing in while others read pages: how long a sign-in takes when 50 people come, and what a page takes meanwhile.

    .venv/bin/python -m benchmarks.sign_in [--people 50] [--seconds 5] [--together 1 2] [--json FILE]

Fifty come in the same moment, then fifty spread evenly over some seconds, as people do. A reader asks for a page all
the while. Beside them stands the limit: what one check of argon2 (t=2, 19 MiB) takes alone, times fifty, over the cores.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
from argon2 import PasswordHasher

from benchmarks import stack
from db import legal_entities, organizations, users
from domain.ids import new_id
from domain.organization import Organization
from domain.user import User
from gateways.passwords import Passwords

PASSWORD = "seven lamps on the quay"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
PAGE_PAUSE_SECONDS = 0.05


async def prepare(url: str, people: int) -> None:
    """An organization and its people, who all have the same password."""
    hashed = await Passwords().hashed(PASSWORD)
    home = Organization(
        id=new_id(),
        name="Acme",
        billing_email="b@acme.example",
        currency="USD",
        time_zone="UTC",
        country="US",
        billing_mode="postpaid",
        legal_entity="main",
        created_at=NOW,
        updated_at=NOW,
    )
    database = stack.open_database(url)
    async with database.begin() as tx:
        entity = {"name": "Main", "address_lines": (), "country": "US", "tax_id": "", "number_prefix": "B-"}
        await legal_entities.ensure(tx, code="main", **entity)
        await organizations.insert_one(tx, home)
        for number in range(people + 1):
            name, made = f"person{number}", NOW
            person = User(
                id=new_id(),
                email=f"{name}@example.com",
                name=name,
                kind="client",
                staff_role=None,
                created_at=made,
            )
            known = await users.ensure(tx, person, password_hash=hashed)
            await users.insert_membership(tx, organization_id=home.id, user_id=known, role="member", now=NOW)
    await database.close()


async def sign_in(client: httpx.AsyncClient, number: int) -> float:
    """Seconds that a person waits."""
    began = time.perf_counter()
    body = {"email": f"person{number}@example.com", "password": PASSWORD}
    answer = await client.post("/v1/sessions", json=body)
    if answer.status_code != 201:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
    client.cookies.clear()
    return time.perf_counter() - began


async def read_pages(client: httpx.AsyncClient, done: asyncio.Event) -> list[float]:
    """Seconds that a page takes, again and again until told to stop."""
    taken: list[float] = []
    while not done.is_set():
        began = time.perf_counter()
        answer = await client.get("/account")
        if answer.status_code != 200:
            raise RuntimeError(f"page: {answer.status_code}")
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(PAGE_PAUSE_SECONDS)
    return taken


async def come(port: int, people: int, seconds: float) -> dict[str, float]:
    """People sign in within so many seconds (0: at once) while one reads; milliseconds."""
    base = f"http://127.0.0.1:{port}"
    limits = httpx.Limits(max_connections=people + 5, max_keepalive_connections=people + 5)
    async with (
        httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client,
        httpx.AsyncClient(base_url=base) as reader,
    ):
        body = {"email": f"person{people}@example.com", "password": PASSWORD}
        (await reader.post("/v1/sessions", json=body)).raise_for_status()
        await reader.get("/account")
        done = asyncio.Event()
        reading = asyncio.create_task(read_pages(reader, done))
        await asyncio.sleep(0.3)
        waited = await asyncio.gather(
            *(_later(client, number, seconds * number / people) for number in range(people))
        )
        done.set()
        pages = await reading
    return {
        "sign_in_p50": _at(waited, 50),
        "sign_in_p95": _at(waited, 95),
        "page_p50": _at(pages, 50),
        "page_p95": _at(pages, 95),
    }


async def _later(client: httpx.AsyncClient, number: int, seconds: float) -> float:
    await asyncio.sleep(seconds)
    return await sign_in(client, number)


def _at(seconds: Sequence[float], percent: int) -> float:
    """A percentile in milliseconds."""
    return round(statistics.quantiles(seconds, n=100)[percent - 1] * 1000, 1)


def one_check() -> float:
    """Milliseconds that argon2 takes for one password on an idle core; the middle of 31."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    kept = hasher.hash(PASSWORD)
    taken: list[float] = []
    for _ in range(31):
        began = time.perf_counter()
        hasher.verify(kept, PASSWORD)
        taken.append(time.perf_counter() - began)
    return round(statistics.median(taken) * 1000, 1)


def main() -> None:
    """Measures and prints."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=5.0)
    asked.add_argument("--together", type=int, nargs="*", default=[1, 2])
    asked.add_argument("--json", type=Path)
    told = asked.parse_args()
    check, cores = one_check(), os.cpu_count() or 1
    found: dict[str, object] = {"one_check": check, "limit_at_once": round(check * told.people / cores, 1)}
    with stack.postgres() as url:
        asyncio.run(prepare(url, told.people))
        for together in told.together:
            with stack.api(url, BACKOFFICE_PASSWORDS_AT_ONCE=str(together)) as port:
                asyncio.run(come(port, 5, 1))
                found[f"together {together}, at once"] = asyncio.run(come(port, told.people, 0))
                found[f"together {together}, over {told.seconds:g} s"] = asyncio.run(
                    come(port, told.people, told.seconds)
                )
    print(json.dumps(found, indent=1))
    if told.json:
        told.json.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()

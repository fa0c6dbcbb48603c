"""Deliveries: signed events on their way to their endpoints, again and again until one is accepted."""

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from random import SystemRandom
from sqlite3 import Error as StoreError
from sqlite3 import Row
from typing import Any

import httpx
from stripe import WebhookSignature

from sandbox.account import Account
from sandbox.errors import Json, StripeError
from sandbox.jobs import run_due_jobs
from sandbox.resources import SchemaBrokenError
from sandbox.store import Store

log = logging.getLogger(__name__)
# What an object that is gone, half made or not Stripe's shape does to a round of jobs and deliveries.
_FAULTS = (StripeError, SchemaBrokenError, StoreError, LookupError, TypeError, ValueError)
_CHANCE = SystemRandom()
_TICK_SECONDS = 0.2
_TIMEOUT_SECONDS = 10
_AT_ONCE = 8
_LONGEST_WAIT_SECONDS = 60
_DEFAULT_MODE: Json = {"paused": False, "delay_seconds": 0, "repeat": 1, "shuffle": False}


def delivery_mode(store: Store) -> Json:
    """How events travel: `paused`, `delay_seconds`, how often each is repeated, whether order is shuffled."""
    return _DEFAULT_MODE | store.switch("deliveries", {})


def redeliver(account: Account, event_ids: list[str]) -> int:
    """Queue events once more to every endpoint that is enabled; answers how many deliveries that is."""
    endpoints = account.endpoints()
    for event_id in event_ids:
        event = account.require("event", event_id, param="event")
        for endpoint in endpoints:
            account.store.connection.execute(
                "insert into deliveries (event, type, endpoint, due) values (?, ?, ?, ?)",
                (event_id, event["type"], endpoint["id"], time.time()),
            )
    return len(event_ids) * len(endpoints)


@dataclass
class Courier:
    """Carries deliveries, and lets due jobs happen, for as long as the server runs."""

    store: Store
    base_url: str
    client: httpx.AsyncClient

    async def run(self) -> None:
        """Until cancelled; a round that fails is told, and the next one goes on with the rest."""
        while True:
            try:
                run_due_jobs(Account(self.store, self.base_url))
                if not delivery_mode(self.store)["paused"]:
                    await self.deliver(self._due())
            except _FAULTS:
                log.exception("a round of jobs and deliveries failed")
            await asyncio.sleep(_TICK_SECONDS)

    def _due(self) -> list[Row]:
        mode = delivery_mode(self.store)
        rows = self.store.rows(
            "select * from deliveries where state = 'pending' and due <= ? order by id limit 200",
            time.time() - mode["delay_seconds"],
        )
        return _CHANCE.sample(rows, len(rows)) if mode["shuffle"] else rows

    async def deliver_pending(self, order: str) -> int:
        """Deliver all that waits, now: in `created`, `reversed` or `shuffled` order; answers how many."""
        rows = self.store.rows("select * from deliveries where state = 'pending' order by id")
        if order == "shuffled":
            _CHANCE.shuffle(rows)
        for row in rows[::-1] if order == "reversed" else rows:
            await self._carry(row)
        return len(rows)

    async def deliver(self, rows: list[Row]) -> None:
        """Carry deliveries, several at a time."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def carry(row: Row) -> None:
            async with gate:
                await self._carry(row)

        await asyncio.gather(*(carry(row) for row in rows))

    async def _carry(self, row: Row) -> None:
        endpoint = self.store.get(row["endpoint"])
        if endpoint is None:
            self._note(row, "abandoned", None, "the endpoint was deleted")
            return
        status, error = await self._post(endpoint, row)
        for _ in range(1, delivery_mode(self.store)["repeat"]):
            status, error = await self._post(endpoint, row)
        accepted = status is not None and 200 <= status < 300
        self._note(row, "delivered" if accepted else "pending", status, error)

    async def _post(self, endpoint: Json, row: Row) -> tuple[int | None, str | None]:
        payload = json.dumps(self.store.get(row["event"]), indent=2)
        secret = self.store.hidden(endpoint["id"]).get("secret", "")  # none: it was deleted a moment ago
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": WebhookSignature.generate_signature_header(payload, secret),
            "user-agent": "Stripe/1.0 (sandbox)",
        }
        try:
            answer = await self.client.post(
                endpoint["url"], content=payload, headers=headers, timeout=_TIMEOUT_SECONDS
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return None, type(error).__name__
        return answer.status_code, None if answer.is_success else answer.text[:200]

    def _note(self, row: Row, state: str, status: int | None, error: str | None) -> None:
        attempts = row["attempts"] + 1
        wait = min(_LONGEST_WAIT_SECONDS, 2 ** min(attempts, 10) / 2)
        values: tuple[Any, ...] = (state, attempts, status, error, time.time() + wait, row["id"])
        self.store.connection.execute(
            "update deliveries set state = ?, attempts = ?, status = ?, error = ?, due = ? where id = ?",
            values,
        )

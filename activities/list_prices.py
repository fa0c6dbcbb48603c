"""The providers' list prices: seeded once, compared with the newest list, refreshed on request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from db import audit, list_prices
from db.engine import Database, Tx
from domain.audit import Actor, Entry
from domain.price import ListPrice
from domain.rates import Rates
from gateways import price_lists


class ListPriceSeed:
    """Fills the empty table when the worker starts for the first time; later rounds cost one look."""

    name = "list_prices"
    idle_seconds = 3600.0

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self) -> int:
        """Afterwards there are list prices; says how many were added."""
        return await seed_list_prices(self._database, now=datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a refresh of the list prices would add: a version of a model, and what is in force without it."""

    found: ListPrice
    known: Rates | None


async def seed_list_prices(database: Database, *, now: datetime) -> int:
    """Fills the empty table of list prices; 0, at the cost of one look, when it was filled before."""
    async with database.begin() as tx:
        if not await list_prices.is_empty(tx):
            return 0
    found = await asyncio.to_thread(price_lists.read_list, now)
    async with database.begin() as tx:
        await list_prices.lock(tx)
        return await list_prices.insert_missing(tx, found) if await list_prices.is_empty(tx) else 0


async def differences(tx: Tx, *, now: datetime) -> Sequence[Difference]:
    """What a refresh would add: versions not known yet, and models whose price in force is another one.

    A price that changed without a date of its own is added as of `now`: what was charged before stays.
    """
    found = await asyncio.to_thread(price_lists.read_list, now)
    known = await list_prices.list_all(tx)
    instants = {(*price.key, price.effective_at) for price in known}
    new = [price for price in found if (*price.key, price.effective_at) not in instants]
    force, package = _in_force(known, now), _in_force(found, now)
    dated = {price.key for price in new}
    changed = [
        replace(price, effective_at=now)
        for key, price in package.items()
        if key not in dated and key in force and not force[key].same_terms(price)
    ]
    return [
        Difference(found=price, known=force[price.key].rates if price.key in force else None)
        for price in (*new, *changed)
    ]


async def apply_differences(tx: Tx, found: Sequence[Difference], *, actor: Actor) -> int:
    """Adds them to the list prices; gives how many were new."""
    added = await list_prices.insert_missing(tx, [difference.found for difference in found])
    if added:
        after = {"added": added, "source": found[0].found.source}
        await audit.append(
            tx, [Entry("list_prices.refreshed", "list_prices", "all", after=after)], actor=actor
        )
    return added


def _in_force(listed: Sequence[ListPrice], now: datetime) -> dict[tuple[str, str], ListPrice]:
    """Of each model the version in force."""
    begun = [price for price in listed if price.effective_at <= now]
    return {price.key: price for price in sorted(begun, key=lambda price: price.effective_at)}

"""Steps on the price book: publish a version, name an alias, seed and refresh the providers' list prices."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from db import audit, list_prices, model_aliases, prices, quarantine
from db.engine import Database, Tx
from domain.audit import Actor, Entry
from domain.ids import show
from domain.money import format_amount
from domain.price import Alias, ListPrice, Price, PriceExists, Rates, cheaper_than_list
from gateways import price_lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version as it stands in the book.

    `until` is where the next version begins; `below_list` names the measures sold under the provider's list
    price; `releasable` counts quarantined records that the price covers.
    """

    price: Price
    is_new: bool
    replaces: Price | None
    until: datetime | None
    below_list: tuple[str, ...]
    releasable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a refresh of the list prices would add: a version of a model, and what is in force without it."""

    found: ListPrice
    known: Rates | None


async def publish(tx: Tx, draft: Price, *, actor: Actor) -> Published:
    """Adds a version to the book, at any instant; saying the same again changes nothing.

    Raises:
        Invalid: a field cannot be what it says.
        PriceExists: another price of the same thing begins at that instant.
    """
    wanted = draft.checked()
    is_new = await prices.insert_once(tx, wanted)
    price = await prices.at_the_instant_of(tx, wanted)
    if not price.same_terms(wanted):
        raise PriceExists(
            "effective_at: another price of the same thing begins at that instant; versions are never changed,"
            " so choose another instant",
            price_id=show("price", price.id),
        )
    before, after = await prices.around(tx, price)
    listed = await _listed(tx, price)
    releasable = await quarantine.covered_by(tx, price)
    if is_new:
        await audit.append(tx, [_entry("price.published", price, before)], actor=actor)
    return Published(
        price=price,
        is_new=is_new,
        replaces=before,
        until=None if after is None else after.effective_at,
        below_list=cheaper_than_list(price, listed),
        releasable=releasable,
    )


async def name_alias(tx: Tx, draft: Alias, *, actor: Actor) -> Alias:
    """Adds another name of a model; saying the same again changes nothing.

    Raises:
        Invalid: a name cannot be what it says.
        AliasExists: the name leads elsewhere, or would make a chain.
    """
    wanted = draft.checked()
    kept = await model_aliases.insert_once(tx, wanted)
    if kept.created_at == wanted.created_at:
        after = {"provider": kept.provider, "model": kept.model}
        await audit.append(tx, [Entry("alias.created", "alias", kept.alias, after=after)], actor=actor)
    return kept


async def drop_alias(tx: Tx, *, provider: str, alias: str, actor: Actor) -> None:
    """Removes another name; records priced through it keep their price.

    Raises:
        NotFound: there is no such alias.
    """
    gone = await model_aliases.remove(tx, provider=provider, alias=alias)
    before = {"provider": gone.provider, "model": gone.model}
    await audit.append(tx, [Entry("alias.removed", "alias", gone.alias, before=before)], actor=actor)


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
        if key not in dated and key in force and force[key].rates != price.rates
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


async def _listed(tx: Tx, price: Price) -> ListPrice | None:
    """The provider's list price behind a version; learned under this spelling when it was not known."""
    if price.is_metered:
        return None
    at = max(price.effective_at, price.created_at)
    known = await list_prices.find(tx, provider=price.provider, model=price.model, at=at)
    if known is not None:
        return known
    look_up = price_lists.look_up
    learned = await asyncio.to_thread(look_up, price.provider, price.model, price.created_at)
    await list_prices.insert_missing(tx, learned)
    return await list_prices.find(tx, provider=price.provider, model=price.model, at=at)


def _in_force(listed: Sequence[ListPrice], now: datetime) -> dict[tuple[str, str], ListPrice]:
    """Of each model the version in force."""
    begun = [price for price in listed if price.effective_at <= now]
    return {price.key: price for price in sorted(begun, key=lambda price: price.effective_at)}


def _entry(action: str, price: Price, before: Price | None) -> Entry:
    """An entry of the audit log about a version."""
    return Entry(
        action,
        "price",
        show("price", price.id),
        price.organization_id,
        before=None if before is None else _facts(before),
        after=_facts(price),
    )


def _facts(price: Price) -> dict[str, str | None]:
    """A version as the audit log shows it."""
    cached = price.rates.cached_input_nanos
    return {
        "id": show("price", price.id),
        "provider": price.provider,
        "model": price.model,
        "meter": price.meter,
        "currency": price.currency,
        "input_per_million": format_amount(price.rates.input_nanos),
        "output_per_million": format_amount(price.rates.output_nanos),
        "cached_input_per_million": None if cached is None else format_amount(cached),
        "unit_price": format_amount(price.unit_nanos),
        "unit": price.unit,
        "effective_at": price.effective_at.isoformat(),
    }

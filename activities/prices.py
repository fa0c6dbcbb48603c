"""Steps on the price book: publish a version, name a model otherwise."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from db import audit, list_prices, model_aliases, prices, quarantine
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.ids import show
from domain.money import format_amount, format_known
from domain.price import Alias, ListPrice, Price, PriceExists, cheaper_than_list
from domain.rates import Rates
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

    @property
    def ends_tiers(self) -> bool:
        """Long requests paid other rates before, and pay the version's own from now on."""
        return bool(self.replaces and self.replaces.tiers and not self.price.tiers)


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


def _facts(price: Price) -> dict[str, object]:
    """A version as the audit log shows it."""
    return {
        "id": show("price", price.id),
        "provider": price.provider,
        "model": price.model,
        "meter": price.meter,
        "currency": price.currency,
        **_amounts(price.rates),
        "tiers": [{"above_input_tokens": tier.above_tokens, **_amounts(tier.rates)} for tier in price.tiers],
        "unit_price": format_amount(price.unit_nanos),
        "unit": price.unit,
        "effective_at": price.effective_at.isoformat(),
    }


def _amounts(rates: Rates) -> dict[str, str | None]:
    """Rates as the audit log shows them."""
    return {
        "input_per_million": format_amount(rates.input_nanos),
        "output_per_million": format_amount(rates.output_nanos),
        "cached_input_per_million": format_known(rates.cached_input_nanos),
    }

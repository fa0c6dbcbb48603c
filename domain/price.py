"""The price book: what clients pay for a model's tokens or a meter's units, and what providers charge us.

A version holds from `effective_at` until the next version of the same thing begins. It is never changed: a
new price is a new version. Rates are whole nanos per million tokens, or nanos per unit of a meter.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.errors import Conflict, Invalid
from domain.places import currency_named
from domain.rates import Rates, Tier, rates_above, require_amount, require_rates, same_tiers, tiers_checked

LARGEST_UNIT_NANOS = 10**18
LIST_CURRENCY = "USD"
TOKENS = "tokens"


class PriceExists(Conflict):
    """Another price of the same thing begins at the same instant; versions are never changed."""

    code: ClassVar[str] = "price_exists"


class AliasExists(Conflict):
    """The alias leads to another model, or would lead to another alias."""

    code: ClassVar[str] = "alias_exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A version of the price of a model's tokens (`meter` empty) or of a meter's units.

    Without `organization_id` it is the price for all; one with it goes first for that organization.
    """

    id: UUID
    organization_id: UUID | None
    provider: str
    model: str
    meter: str
    currency: str
    rates: Rates
    unit_nanos: int
    unit: str
    effective_at: datetime
    created_at: datetime
    created_by: str
    tiers: tuple[Tier, ...] = ()

    @property
    def is_metered(self) -> bool:
        """True when units of a meter are priced, not tokens."""
        return bool(self.meter)

    def same_terms(self, other: "Price") -> bool:
        """Whether both ask the same amounts for the same thing from the same instant."""
        ignored = {"id": self.id, "created_at": self.created_at, "created_by": self.created_by}
        alike = replace(other, tiers=self.tiers, **ignored) == self
        return alike and same_tiers(self.tiers, other.tiers)

    def checked(self) -> "Price":
        """The same with every name in its one spelling.

        Raises:
            Invalid: a field cannot be what it says; the message names it and the remedy.
        """
        spelled = replace(
            self,
            provider=_name("provider", self.provider, 100),
            model=_name("model", self.model, 200, least=0),
            meter=_name("meter", self.meter, 100, least=0),
            unit=_name("unit", self.unit, 40),
            tiers=tiers_checked(self.tiers),
            currency=currency_named(self.currency),
        )
        if not (spelled.model or spelled.meter):
            raise Invalid("model: name the model whose tokens, or the meter whose units are priced")
        if spelled.meter and spelled.tiers:
            raise Invalid("tiers: they go by input tokens, which a meter does not count; leave them out")
        require_amount("unit_price", spelled.unit_nanos, LARGEST_UNIT_NANOS)
        require_rates(spelled.rates)
        return spelled


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """What a provider charges us for a model by its public list, in US dollars, from `effective_at` on."""

    id: UUID
    provider: str
    model: str
    rates: Rates
    effective_at: datetime
    source: str
    created_at: datetime
    tiers: tuple[Tier, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The model it is about."""
        return self.provider, self.model

    def same_terms(self, other: "ListPrice") -> bool:
        """Whether both ask the same amounts, whenever they begin."""
        return self.rates == other.rates and same_tiers(self.tiers, other.tiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another name under which gateways report a model; it is priced as `model`."""

    provider: str
    alias: str
    model: str
    created_at: datetime

    def checked(self) -> "Alias":
        """The same with every name in its one spelling.

        Raises:
            Invalid: a name is missing, too long, or both are the same.
        """
        spelled = replace(
            self,
            provider=_name("provider", self.provider, 100),
            alias=_name("alias", self.alias, 200),
            model=_name("model", self.model, 200),
        )
        if spelled.alias == spelled.model:
            raise Invalid("alias: it is the model's own name; leave it out")
        return spelled


def cheaper_than_list(price: Price, listed: ListPrice | None) -> tuple[str, ...]:
    """The measures sold below the provider's list price; empty when that cannot be told."""
    if listed is None or price.is_metered or price.currency != LIST_CURRENCY:
        return ()
    bounds = sorted({0, *(tier.above_tokens for tier in (*price.tiers, *listed.tiers))})
    return tuple(name for bound in bounds for name in _below(price, listed, bound))


def _below(price: Price, listed: ListPrice, bound: int) -> list[str]:
    """The measures of requests longer than `bound` that are sold below the list."""
    ours = rates_above(price.rates, price.tiers, bound)
    names = ours.below(rates_above(listed.rates, listed.tiers, bound))
    return [f"{name} above {bound:,} tokens" if bound else name for name in names]


def _name(field: str, text: str, longest: int, *, least: int = 1) -> str:
    """A name without blanks around it or control characters in it."""
    name = text.strip()
    if not least <= len(name) <= longest or not name.isprintable():
        raise Invalid(f"{field}: write {least} to {longest} printable characters")
    return name

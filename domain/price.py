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

LARGEST_RATE_NANOS = 10**15
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
class Rates:
    """Nanos per million tokens; `cached_input` is None when cached tokens cost as much as other input."""

    input_nanos: int
    output_nanos: int
    cached_input_nanos: int | None = None

    def below(self, other: "Rates") -> tuple[str, ...]:
        """The names of the measures that are cheaper here than there."""
        mine = self.input_nanos if self.cached_input_nanos is None else self.cached_input_nanos
        theirs = other.input_nanos if other.cached_input_nanos is None else other.cached_input_nanos
        pairs = {
            "input": (self.input_nanos, other.input_nanos),
            "output": (self.output_nanos, other.output_nanos),
            "cached_input": (mine, theirs),
        }
        return tuple(name for name, (one, two) in pairs.items() if one < two)


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

    @property
    def is_metered(self) -> bool:
        """True when units of a meter are priced, not tokens."""
        return bool(self.meter)

    def same_terms(self, other: "Price") -> bool:
        """Whether both ask the same amounts for the same thing from the same instant."""
        ignored = {"id": self.id, "created_at": self.created_at, "created_by": self.created_by}
        return replace(other, **ignored) == self

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
            currency=currency_named(self.currency),
        )
        if not (spelled.model or spelled.meter):
            raise Invalid("model: name the model whose tokens, or the meter whose units are priced")
        _within("unit_price", spelled.unit_nanos, LARGEST_UNIT_NANOS)
        _rates_within(spelled.rates)
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

    @property
    def key(self) -> tuple[str, str]:
        """The model it is about."""
        return self.provider, self.model


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
    return price.rates.below(listed.rates)


def _name(field: str, text: str, longest: int, *, least: int = 1) -> str:
    """A name without blanks around it or control characters in it."""
    name = text.strip()
    if not least <= len(name) <= longest or not name.isprintable():
        raise Invalid(f"{field}: write {least} to {longest} printable characters")
    return name


def _rates_within(rates: Rates) -> None:
    """Refuses rates that no provider could ask."""
    _within("input_per_million", rates.input_nanos, LARGEST_RATE_NANOS)
    _within("output_per_million", rates.output_nanos, LARGEST_RATE_NANOS)
    _within("cached_input_per_million", rates.cached_input_nanos or 0, LARGEST_RATE_NANOS)


def _within(field: str, nanos: int, largest: int) -> None:
    """Refuses negative and absurd amounts."""
    if not 0 <= nanos <= largest:
        raise Invalid(f"{field}: write an amount from 0 to {largest // 10**9}")

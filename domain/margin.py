"""How our price compares with the provider's list price, measure by measure."""

from dataclasses import dataclass

from domain.price import LIST_CURRENCY, ListPrice, Price
from domain.rates import Rates

MEASURES = ("input", "cached input", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """One measure: nanos per million here and on the list; `markup` is ours ÷ list, None when the list is free."""

    measure: str
    ours_nanos: int
    list_nanos: int

    @property
    def markup(self) -> float | None:
        """Our price divided by the list price."""
        return self.ours_nanos / self.list_nanos if self.list_nanos else None

    @property
    def is_loss(self) -> bool:
        """True when the provider's list asks more than we do."""
        return self.ours_nanos < self.list_nanos


def margins_of(rates: Rates, listed: Rates) -> tuple[Margin, ...]:
    """Every measure beside the list; cached input costs as much as other input where no rate of its own is set."""
    pairs = zip(MEASURES, _in_order(rates), _in_order(listed), strict=True)
    return tuple(Margin(measure=name, ours_nanos=ours, list_nanos=theirs) for name, ours, theirs in pairs)


def margins(price: Price, listed: ListPrice | None) -> tuple[Margin, ...]:
    """The margins of a version; none for a meter, another currency, or a model that is not listed."""
    if listed is None or price.is_metered or price.currency != LIST_CURRENCY:
        return ()
    return margins_of(price.rates, listed.rates)


def _in_order(rates: Rates) -> tuple[int, int, int]:
    cached = rates.input_nanos if rates.cached_input_nanos is None else rates.cached_input_nanos
    return rates.input_nanos, cached, rates.output_nanos

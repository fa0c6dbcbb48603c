"""Providers' public list prices, from the genai-prices package: no network, historic prices where known.

A model is listed under every name that gateways report it by: its own, its dated names, and under each
spelling of its provider (`google`, `gemini`, `vertex_ai`). Hosts that resell another provider's models at
its price (Azure, Vertex) list those too.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from domain.ids import new_id
from domain.price import ListPrice
from domain.rates import Rates, Tier

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOS = 10**9
# How LiteLLM, OpenTelemetry and the clouds' own libraries spell the providers of the list.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "aws": ("bedrock", "aws.bedrock", "amazon-bedrock", "amazon"),
    "azure": (
        "azure_openai",
        "azure-openai",
        "azure_ai",
        "az.ai.openai",
        "az.ai.inference",
        "azure.ai.openai",
    ),
    "fireworks": ("fireworks_ai", "fireworks-ai"),
    "google": (
        "gemini",
        "vertex_ai",
        "vertexai",
        "gcp.gemini",
        "gcp.vertex_ai",
        "google-vertex",
        "google_genai",
    ),
    "meta": ("meta_llama",),
    "mistral": ("mistralai", "mistral_ai"),
    "moonshotai": ("moonshot",),
    "openai": ("text-completion-openai",),
    "together": ("together_ai", "together-ai", "togetherai"),
    "voyageai": ("voyage",),
    "x-ai": ("xai", "grok"),
}


def read_list(now: datetime) -> Sequence[ListPrice]:
    """Every token price of the package, under every name; about ten thousand."""
    providers = _providers()
    by_key: dict[tuple[str, str, datetime], ListPrice] = {}
    for provider in providers:
        for model, names in _named(provider, providers):
            for price in _versions(provider.id, names, model, now):
                by_key.setdefault((price.provider, price.model, price.effective_at), price)
    return list(by_key.values())


def look_up(provider: str, model: str, now: datetime) -> Sequence[ListPrice]:
    """The versions for one model as a gateway spells it (dated names too); empty when the list has none."""
    providers = _providers()
    wanted = provider.lower()
    for listed in providers:
        if wanted != listed.id and wanted not in SPELLINGS.get(listed.id, ()):
            continue
        found = listed.find_model(model, all_providers=providers)
        if found is not None:
            return [_list_price(provider, model, *dated, now) for dated in _dated_rates(found)]
    return ()


@cache
def _source() -> str:
    """Where the figures come from, with the package's version."""
    return f"genai-prices {version('genai-prices')}"


def _providers() -> "list[Provider]":
    """The package's data; a quarter of a second to load, so only when it is needed."""
    from genai_prices.data import providers

    return providers


def _named(provider: "Provider", providers: "list[Provider]") -> "Iterator[tuple[ModelInfo, set[str]]]":
    """A provider's models with their names, its own before those it resells."""
    resold = provider.fallback_model_providers or ()
    others = [other for name in resold for other in providers if other.id == name]
    for source in (provider, *others):
        for model in source.models:
            yield model, {model.id, *_plain_names(model.match)}


def _plain_names(match: object) -> Iterator[str]:
    """The names in a rule that are names, not patterns; a beginning is the undated name."""
    for inner in getattr(match, "or_", ()):
        yield from _plain_names(inner)
    for kind in ("equals", "starts_with"):
        name = getattr(match, kind, None)
        if isinstance(name, str) and len(name) > 2:
            yield name.rstrip("-")


def _versions(provider: str, names: set[str], model: "ModelInfo", now: datetime) -> Iterator[ListPrice]:
    """A model's prices under each of its names and each spelling of the provider."""
    for effective_at, price in _dated_rates(model):
        for spelled in (provider, *SPELLINGS.get(provider, ())):
            for name in sorted(names):
                yield _list_price(spelled, name, effective_at, price, now)


def _dated_rates(model: "ModelInfo") -> "list[tuple[datetime, ModelPrice]]":
    """When each price of a model began; prices for hours of the day and for images are left out."""
    conditional = model.prices if isinstance(model.prices, list) else []
    dated = [(EPOCH, model.prices)] if not isinstance(model.prices, list) else []
    for price in conditional:
        start = EPOCH.date() if price.constraint is None else getattr(price.constraint, "start_date", None)
        if start is not None:
            dated.append((datetime(start.year, start.month, start.day, tzinfo=UTC), price.prices))
    return [(at, price) for at, price in dated if _is_sold_by_the_token(price)]


def _is_sold_by_the_token(price: "ModelPrice") -> bool:
    return any(getattr(price, name, None) is not None for name in ("input_mtok", "output_mtok"))


def _rates(price: "ModelPrice", input_tokens: int) -> Rates:
    """Nanos per million tokens in a request of so many input tokens."""
    found = [
        _nanos(getattr(price, name, None), input_tokens)
        for name in ("input_mtok", "output_mtok", "cache_read_mtok")
    ]
    return Rates(input_nanos=found[0] or 0, output_nanos=found[1] or 0, cached_input_nanos=found[2])


def _tiers(price: "ModelPrice") -> tuple[Tier, ...]:
    """The tiers of a price: one wherever the list asks something else from there on."""
    amounts = (getattr(price, name, None) for name in ("input_mtok", "output_mtok", "cache_read_mtok"))
    bounds = {tier.start for amount in amounts for tier in getattr(amount, "tiers", ())}
    return tuple(
        Tier(id=new_id(), above_tokens=bound, rates=_rates(price, bound + 1))
        for bound in sorted(bounds)
        if bound > 0
    )


def _nanos(amount: "Decimal | TieredPrices | None", input_tokens: int) -> int | None:
    """Nanos of an amount in a request of so many input tokens."""
    if amount is None or isinstance(amount, Decimal):
        return None if amount is None else int((amount * NANOS).to_integral_value())
    asked = amount.base
    for tier in amount.tiers:
        asked = tier.price if input_tokens > tier.start else asked
    return int((asked * NANOS).to_integral_value())


def _list_price(
    provider: str, model: str, effective_at: datetime, price: "ModelPrice", now: datetime
) -> ListPrice:
    """An entry of our own table."""
    return ListPrice(
        id=new_id(),
        provider=provider,
        model=model,
        rates=_rates(price, 0),
        tiers=_tiers(price),
        effective_at=effective_at,
        source=_source(),
        created_at=now,
    )

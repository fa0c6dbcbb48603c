"""The usage of the pages' month: what the four clients used, and the records that mean something special."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from tests.usage import Use

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "llama-3.3-70b-instruct")
PROVIDERS = {"claude-sonnet-4": "anthropic", "llama-3.3-70b-instruct": "local"}


def special(ids: dict[str, UUID], project: UUID) -> list[Use]:
    """Records without a price, late, of tests, a sudden rise, and one whose price is known to the nano."""
    found = [*_unpriced(ids), *_late(ids), *_tests(ids), *_risen(ids)]
    return [*found, *_priced_to_the_nano(ids, project)]


def month_of(chance: random.Random, ids: dict[str, UUID], month: date, weight: int) -> Iterator[Use]:
    """Sixty requests of each client through a month."""
    first = datetime(month.year, month.month, month.day, 6, tzinfo=UTC)
    for name, identifier in ids.items():
        for number in range(60):
            yield replace(
                _use(chance, identifier, f"{month:%m}-{number}", first + timedelta(hours=11 * number)),
                input_tokens=weight * chance.randint(20_000, 400_000) // (1 + len(name) % 3),
            )


def _use(chance: random.Random, organization_id: UUID, name: str, at: datetime) -> Use:
    model = chance.choices(MODELS, (5, 4, 3, 1))[0]
    into = chance.randint(500, 60_000)
    return Use(
        id=f"req-{name}",
        organization_id=organization_id,
        occurred_at=at,
        provider=PROVIDERS.get(model, "openai"),
        model=model,
        input_tokens=into,
        cached_input_tokens=into // 4,
        output_tokens=chance.randint(100, 8_000),
        duration_ms=chance.randint(120, 4_000),
        status=chance.choices(("ok", "timeout", "rate_limited"), (30, 1, 1))[0],
        api_key_id=f"key-{chance.randint(1, 3)}",
        bot_id=chance.choice(("helpdesk", "writer", "")),
        end_user=f"user-{chance.randint(1, 14)}",
    )


def _unpriced(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 10, 20, 9, tzinfo=UTC)
    for number in range(12):
        yield Use(
            id=f"opus-{number}",
            organization_id=ids["Cobalt Labs"],
            provider="anthropic",
            model="claude-opus-4",
            occurred_at=at + timedelta(hours=number),
            input_tokens=90_000,
            output_tokens=4_000,
        )
    yield Use(
        id="minutes",
        organization_id=ids["Delta Freight"],
        provider="voice",
        model="",
        meter="voice_minutes",
        quantity_micros=35_500_000,
        occurred_at=at,
        input_tokens=0,
        output_tokens=0,
    )


def _late(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 9, 28, 9, tzinfo=UTC)
    yield Use(id="late", organization_id=ids["Cobalt Labs"], occurred_at=at, input_tokens=2_000_000)


def _tests(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 10, 3, 9, tzinfo=UTC)
    yield Use(id="try-out", organization_id=ids["Cobalt Labs"], occurred_at=at, environment="test")


def _risen(ids: dict[str, UUID]) -> Iterator[Use]:
    at = datetime(2026, 10, 25, 9, tzinfo=UTC)
    for number in range(20):
        yield Use(
            id=f"spike-{number}",
            organization_id=ids["Fjord Analytics"],
            occurred_at=at,
            input_tokens=30_000_000,
        )


def _priced_to_the_nano(ids: dict[str, UUID], project: UUID) -> Iterator[Use]:
    at = datetime(2026, 10, 12, 10, 30, tzinfo=UTC)
    yield Use(
        id="known",
        organization_id=ids["Cobalt Labs"],
        occurred_at=at,
        input_tokens=1_000_000,
        cached_input_tokens=400_000,
        output_tokens=100_000,
        project_id=project,
        api_key_id="key-1",
        bot_id="helpdesk",
        end_user="ada@cobalt.example",
        duration_ms=1_840,
    )


def today(chance: random.Random, ids: dict[str, UUID], project: UUID) -> Iterator[Use]:
    """What the dashboards of today and this week show."""
    now = datetime.now(UTC)
    for name, identifier in ids.items():
        for number in range(90):
            at = now - timedelta(minutes=2 + 97 * number)
            inside = project if name == "Cobalt Labs" and number % 2 else None
            yield replace(_use(chance, identifier, f"now-{number}", at), project_id=inside)

"""The simulated month: who sends what, when. The same seed gives the same month.

- **Arrivals** follow the clock: requests a day vary by weekday (weekends a third), and within the day by a bell around
  three in the afternoon of the organization's own zone with a quiet night.
- **Tokens** are heavy-tailed: log-normal input (median 3,200, σ 1.1, cut at 120,000) and output (median 420, σ 0.9, cut at
  16,000). A third of the requests find 30 to 90 % of their input in the provider's cache.
- **Models** are drawn by each organization's own mix, end users by Zipf's law, durations from the output's length.
- **Errors**: 1.5 % fail; half of those after the input was read, the others before anything was counted.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MODELS = {
    "gpt-5": "openai",
    "gpt-5-mini": "openai",
    "claude-sonnet-4-5": "anthropic",
    "gemini-2.5-flash": "google",
    "nova-preview": "lab",
}


@dataclass(frozen=True)
class Client:
    """A simulated client organization: its size, its habits, how it pays."""

    name: str
    billing_email: str
    currency: str
    time_zone: str
    country: str
    billing_mode: str
    requests: int
    mix: dict[str, float]
    users: int
    card: str | None
    purchased: str | None = None
    gift: str | None = None
    address: tuple[str, ...] = ()


CLIENTS = (
    Client(
        "Nimbus Robotics Inc.",
        "ap@nimbus.example",
        "USD",
        "America/New_York",
        "US",
        "postpaid",
        24_000,
        {"gpt-5": 0.34, "gpt-5-mini": 0.36, "claude-sonnet-4-5": 0.28, "nova-preview": 0.02},
        400,
        "pm_card_visa",
        address=("500 Harbor Street", "Boston, MA 02210"),
    ),
    Client(
        "Quiet Harbor GmbH",
        "rechnung@quietharbor.example",
        "EUR",
        "Europe/Berlin",
        "DE",
        "prepaid",
        6_000,
        {"claude-sonnet-4-5": 0.5, "gemini-2.5-flash": 0.5},
        60,
        "pm_card_mastercard",
        purchased="40.00",
        gift="5.00",
        address=("Speicherstraße 11", "20457 Hamburg"),
    ),
    Client(
        "Tiny Bots Ltd",
        "hello@tinybots.example",
        "USD",
        "Europe/London",
        "GB",
        "postpaid",
        900,
        {"gpt-5-mini": 0.8, "gpt-5": 0.2},
        12,
        "pm_card_chargeCustomerFail",
        address=("3 Foundry Lane", "Leeds LS1 4AP"),
    ),
)


def month_before(today: date) -> date:
    """The first day of the last full month."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def records(client: Client, organization_id: str, month: date, *, seed: int = 20) -> Iterator[dict[str, Any]]:
    """The client's requests of the month in the order of time, as `POST /v1/usage` takes them."""
    chance = random.Random(f"{seed}:{client.name}")  # noqa: S311 — a simulation wants chance that repeats
    instants = sorted(_instants(client, month, chance))
    for number, occurred_at in enumerate(instants):
        yield {
            "id": f"{client.name.split()[0].lower()}-{month:%Y%m}-{number:06d}",
            "organization_id": organization_id,
            "occurred_at": occurred_at.astimezone(UTC).isoformat(),
            **_request(client, chance),
        }


def _instants(client: Client, month: date, chance: random.Random) -> Iterator[datetime]:
    zone = ZoneInfo(client.time_zone)
    days = (next_month(month) - month).days
    hours = [datetime(month.year, month.month, 1, tzinfo=zone) + timedelta(hours=h) for h in range(days * 24)]
    weights = [_weight(hour) for hour in hours]
    for hour in chance.choices(hours, weights, k=client.requests):
        yield hour + timedelta(seconds=chance.uniform(0, 3599), microseconds=chance.randrange(1_000_000))


def _weight(hour: datetime) -> float:
    day = 0.33 if hour.weekday() >= 5 else 1.0
    return day * (0.06 + math.exp(-(((hour.hour - 15) / 4.5) ** 2)))


def _request(client: Client, chance: random.Random) -> dict[str, Any]:
    model = chance.choices(list(client.mix), list(client.mix.values()))[0]
    input_tokens = min(120_000, int(chance.lognormvariate(math.log(3200), 1.1)) + 1)
    output_tokens = min(16_000, int(chance.lognormvariate(math.log(420), 0.9)) + 1)
    cached = int(input_tokens * chance.uniform(0.3, 0.9)) if chance.random() < 0.33 else 0
    failed = chance.random() < 0.015
    if failed:
        output_tokens, cached = 0, 0
        input_tokens = input_tokens if chance.random() < 0.5 else 0
    return {
        "provider": MODELS[model],
        "model": model,
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "output_tokens": output_tokens,
        "duration_ms": int(250 + output_tokens * chance.uniform(8, 16)),
        "status": "error" if failed else "ok",
        "user": f"user-{min(client.users, int(chance.paretovariate(1.1)))}",
        "bot_id": f"bot-{chance.randrange(1, 6)}",
        "api_key_id": f"gateway-{chance.randrange(1, 4)}",
    }

"""How the pages write money, numbers and times."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from babel import Locale
from babel.numbers import format_decimal
from markupsafe import Markup

from api.pages.subjects import page_of
from domain.money import NANOS, minor_digits

_SMALL_DIGITS = Decimal("0.000001")
_ENGLISH = Locale("en")
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_FIELD = re.compile(r"^[a-z_]+(?=: )")
_HUMP = re.compile(r"(?<=[a-z])[A-Z]")
_BEGINNING = 1970
_LONG_DIGITS = re.compile(r"[0-9A-Za-z]{20,}")
_TONES = {
    "green": "active paid delivered handled ok sent completed priced accepted intact working ready restored",
    "blue": "running finalized queued sending received pending open planned requested building scheduled",
    "yellow": "paused quarantined past_due unconfirmed ignored expiring prepared warning draft not_billed on_hold "
    "deleting grace finishing",
    "red": "suspended failed bounced parked revoked uncollectible break terminated timed_out error held",
}
_TONE_BY_WORD = {word: tone for tone, words in _TONES.items() for word in words.split()}


def money(amount: str | int | Decimal, currency: str = "") -> Markup:
    """An amount (nanos, or the doors' decimal string) rounded for reading, exact in its tooltip."""
    exact = Decimal(amount) / NANOS if isinstance(amount, int) else Decimal(amount)
    shown = exact.quantize(_digits_for(exact, currency), ROUND_HALF_EVEN)
    figure = _figure(shown)
    return Markup('<span class="money" title="{}">{} <span class="currency">{}</span></span>').format(
        f"{_figure(exact)} {currency}", figure, currency
    )


def _digits_for(exact: Decimal, currency: str) -> Decimal:
    """Whole coins, or down to a millionth for amounts that whole coins would hide."""
    coin = Decimal(1).scaleb(-minor_digits(currency))
    return _SMALL_DIGITS if 0 < abs(exact) < coin * 100 and exact % coin else coin


def _figure(amount: Decimal) -> str:
    """Grouped digits, with a true minus sign."""
    text = format_decimal(amount, format="#,##0.##########", locale="en", decimal_quantization=False)
    whole, _, fraction = text.partition(".")
    kept = max(2, len(fraction)) if amount.as_tuple().exponent != 0 else 0
    return (f"{whole}.{fraction.ljust(kept, '0')}" if kept else whole).replace("-", "−")


def number(value: float) -> str:
    """A count with grouped digits."""
    return format_decimal(value, locale="en").replace("-", "−")


def counted(value: int, noun: str) -> str:
    """A count with its noun: 1 record, 1,200 records."""
    return f"{number(value)} {noun}" + ("" if value == 1 else "s")


def compact(value: float) -> str:
    """A large count in three digits: 12.3 M."""
    for size, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (size if sign != 'k' else 1e3):,.1f} {sign}".replace(".0 ", " ")
    return number(value)


def percent(ratio: float) -> str:
    """A ratio with one decimal: 0.123 → 12.3 %."""
    return f"{ratio * 100:,.1f} %".replace("-", "−")


def milliseconds(value: float | None) -> str:
    """A duration in the unit one reads it in."""
    if value is None:
        return "–"
    return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


def moment(at: datetime | None, style: str = "moment") -> Markup:
    """A time in UTC, which the reader's browser turns into the reader's zone; UTC stays in the tooltip."""
    if at is None:
        return Markup('<span class="text-secondary">–</span>')
    utc = at.astimezone(UTC)
    text = f"{utc.day} {utc:%b %Y %H:%M} UTC"
    return Markup('<time datetime="{}" data-style="{}" title="{}">{}</time>').format(
        f"{utc:%Y-%m-%dT%H:%M:%S}Z", style, f"{utc:%Y-%m-%d %H:%M:%S} UTC", text
    )


def ago(at: datetime | None) -> Markup:
    """The same, as “5 minutes ago” or “in 2 hours”."""
    return moment(at, "relative")


def day(on: date | None) -> str:
    """A calendar day, which has no zone."""
    return "–" if on is None else f"{on.day} {on:%b %Y}"


def month(period: str) -> str:
    """A billing month as people say it: `2026-10` → `October 2026`."""
    return f"{date.fromisoformat(f'{period}-01'):%B %Y}" if _PERIOD.fullmatch(period) else period


def since_when(at: datetime | None) -> Markup:
    """Since when something holds; what holds as long as anybody remembers began at no moment worth telling."""
    return (
        Markup('<span class="text-secondary">always</span>') if at and at.year <= _BEGINNING else moment(at)
    )


def process_name(kind: str) -> str:
    """A process's kind as words: `OrganizationDeletion` → `Organization deletion`."""
    return _HUMP.sub(lambda found: f" {found[0].lower()}", kind)


def sentence(text: str) -> str:
    """A text that ends as a sentence does; a field's name at its beginning is written as people read it."""
    told = _FIELD.sub(lambda found: words(found[0]).capitalize(), text)
    return told if not told or told.endswith((".", "!", "?", "…", ":")) else f"{told}."


def country(code: str) -> str:
    """A country's name: `DE` → `Germany`."""
    return str(_ENGLISH.territories.get(code, code))


def country_options(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Countries to choose from, in the order of their names."""
    return sorted(((code, f"{country(code)} ({code})") for code in codes), key=lambda option: option[1])


def words(code: str) -> str:
    """A code as words: `past_due` → `past due`."""
    return code.replace("_", " ").replace("-", " ")


def tone(code: str) -> str:
    """The colour of a state."""
    return _TONE_BY_WORD.get(code.lower(), "secondary")


def short_id(identifier: str) -> str:
    """An identifier short enough for a table; the whole one belongs in its tooltip."""
    return _LONG_DIGITS.sub(lambda found: f"…{found[0][-6:]}", identifier)


def pretty_json(text: str) -> str:
    """JSON with one fact a line; what is no JSON stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


FILTERS: dict[str, Callable[..., object]] = {
    "money": money,
    "number": number,
    "compact": compact,
    "counted": counted,
    "percent": percent,
    "milliseconds": milliseconds,
    "moment": moment,
    "ago": ago,
    "day": day,
    "month": month,
    "since_when": since_when,
    "process_name": process_name,
    "sentence": sentence,
    "country": country,
    "country_options": country_options,
    "words": words,
    "tone": tone,
    "short_id": short_id,
    "page_of": page_of,
    "pretty_json": pretty_json,
}

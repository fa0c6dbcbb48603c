"""Amounts, quantities and times as a reader in a given country writes them, in English.

A German client reads "1.234,56 €" and "1 November 2026", an American "$1,234.56" and "November 1, 2026".
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from domain.money import minor_digits

WORLD = Locale.parse("en_001")
FINEST_DIGITS = 9


@lru_cache(maxsize=512)
def locale_for(country: str) -> Locale:
    """English as written in a country (ISO 3166, two letters); international English where there is none."""
    try:
        return Locale("en", country.upper()) if country else WORLD
    except (UnknownLocaleError, ValueError):
        return WORLD


def money(amount_nanos: int, currency: str, locale: Locale) -> str:
    """An amount with as many decimals as the currency has coins, for example "$1,234.50"."""
    digits = minor_digits(currency)
    return _currency(amount_nanos, currency, locale, (digits, digits))


def price(amount_nanos: int, currency: str, locale: Locale) -> str:
    """A price with all the decimals it needs, down to a nano, for example "$0.000125"."""
    return _currency(amount_nanos, currency, locale, (minor_digits(currency), FINEST_DIGITS))


def quantity(value: Decimal | int, locale: Locale) -> str:
    """A count in groups of thousands, with decimals only where there are some."""
    return format_decimal(value, format="#,##0.#########", locale=locale)


def day(value: date, locale: Locale) -> str:
    """A calendar day in words, so that no reader takes the month for the day."""
    return format_date(value, format="long", locale=locale)


def moment(value: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """A moment in the reader's zone, to the minute, with the zone's name."""
    local = value.astimezone(zone)
    return f"{day(local.date(), locale)}, {local:%H:%M} ({zone.key})"


def percent(rate: Decimal, locale: Locale) -> str:
    """A rate given in percent, for example "8.875%"."""
    return f"{format_decimal(rate, format='#,##0.####', locale=locale)}%"


@lru_cache(maxsize=1024)
def _pattern(locale: Locale, digits: tuple[int, int]) -> NumberPattern:
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = digits
    return pattern


def _currency(amount_nanos: int, currency: str, locale: Locale, digits: tuple[int, int]) -> str:
    value = Decimal(amount_nanos).scaleb(-9)
    return _pattern(locale, digits).apply(value, locale, currency=currency, currency_digits=False)

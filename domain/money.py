"""Money: whole nanos (10⁻⁹ of the currency's unit) and a currency code; strings at the doors; never a float."""

import re

from domain.errors import Invalid

NANOS = 10**9
LARGEST_NANOS = 9 * 10**18
_AMOUNT = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,9})?")

# Stripe counts these in whole units or thousandths; its list differs from CLDR's (docs.stripe.com/currencies#zero-decimal).
_ZERO_DECIMAL = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def minor_digits(currency: str) -> int:
    """How many decimals the smallest coin of a currency has, as Stripe counts them."""
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


def coin_nanos(currency: str) -> int:
    """The smallest coin of a currency in nanos: 10,000,000 for a cent."""
    return NANOS // 10 ** minor_digits(currency)


def divide_half_even(numerator: int, denominator: int) -> int:
    """Whole-number division rounded to nearest, ties to even; `denominator` above zero."""
    quotient, remainder = divmod(numerator, denominator)
    twice = remainder * 2
    if twice > denominator or (twice == denominator and quotient % 2):
        return quotient + 1
    return quotient


def round_to_coin(amount_nanos: int, currency: str) -> int:
    """The nearest amount in whole coins, in nanos, ties to even."""
    coin = coin_nanos(currency)
    return divide_half_even(amount_nanos, coin) * coin


def to_minor(amount_nanos: int, currency: str) -> int:
    """An amount in the smallest coin, as Stripe wants it.

    Raises:
        Invalid: the amount is not a whole number of coins; round it first.
    """
    minor, rest = divmod(amount_nanos, coin_nanos(currency))
    if rest:
        raise Invalid(f"{format_amount(amount_nanos)} {currency} is not a whole number of its smallest coin")
    return minor


def from_minor(amount_minor: int, currency: str) -> int:
    """Nanos from a count of the smallest coin."""
    return amount_minor * coin_nanos(currency)


def parse_amount(text: str, *, field: str = "") -> int:
    """Nanos from a decimal string such as "12.34", at most nine decimals.

    Raises:
        Invalid: not a plain decimal number, or too large; it begins with `field`, where one is given.
    """
    named = f"{field}: " if field else ""
    if not _AMOUNT.fullmatch(text):
        remedy = 'write digits with at most nine decimals, for example "12.34"'
        raise Invalid(f"{named}'{text[:40]}' is not an amount: {remedy}")
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    nanos = int(whole) * NANOS + int(fraction.ljust(9, "0") or "0")
    if nanos > LARGEST_NANOS:
        raise Invalid(f"{named}'{text[:40]}' is larger than the largest amount, 9000000000")
    return sign * nanos


def require_coins(amount_nanos: int, currency: str, *, field: str) -> None:
    """Refuses what cannot be paid: nothing, less, or a part of the smallest coin.

    Raises:
        Invalid: it is not above zero, or not a whole number of coins; it begins with `field`.
    """
    if amount_nanos <= 0:
        raise Invalid(f"{field}: must be above zero")
    if amount_nanos % coin_nanos(currency):
        raise Invalid(f"{field}: must be a whole number of the smallest coin of {currency}")


def format_amount(amount_nanos: int) -> str:
    """A decimal string with as many decimals as needed, at least two."""
    sign = "-" if amount_nanos < 0 else ""
    whole, fraction = divmod(abs(amount_nanos), NANOS)
    return f"{sign}{whole}.{f'{fraction:09d}'.rstrip('0').ljust(2, '0')}"


def format_known(amount_nanos: int | None) -> str | None:
    """The same of an amount that may be unknown."""
    return None if amount_nanos is None else format_amount(amount_nanos)

"""Sharing out a whole amount so that the parts are whole and sum to it: the largest remainder goes first."""

from collections.abc import Sequence

from domain.money import coin_nanos, divide_half_even


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` (zero or more) in proportion to `weights`; leftover ones go to the largest remainders, then the first.

    When all weights are zero the first part takes everything.
    """
    whole = sum(weights)
    if whole == 0:
        return [total if position == 0 else 0 for position in range(len(weights))]
    parts = [divmod(total * weight, whole) for weight in weights]
    left = total - sum(part for part, _ in parts)
    ranked = sorted(range(len(parts)), key=lambda position: (-parts[position][1], position))
    lucky = set(ranked[:left])
    return [part + (position in lucky) for position, (part, _) in enumerate(parts)]


def round_together(exact_nanos: Sequence[int], currency: str) -> list[int]:
    """Each amount (zero or more) in whole coins, so that the sum is the rounded sum of the exact amounts."""
    coin = coin_nanos(currency)
    parts = [divmod(amount, coin) for amount in exact_nanos]
    left = divide_half_even(sum(exact_nanos), coin) - sum(coins for coins, _ in parts)
    ranked = sorted(range(len(parts)), key=lambda position: (-parts[position][1], position))
    lucky = set(ranked[:left])
    return [(coins + (position in lucky)) * coin for position, (coins, _) in enumerate(parts)]

"""Rounding written out in SQL: a call of `half_even` for each line would cost more than the line."""


def half_even(number: str, divisor: str) -> str:
    """The whole-number quotient of two expressions of zero or more, rounded to nearest, ties to even."""
    quotient, rest = f"div(({number})::numeric, {divisor})", f"2 * mod(({number})::numeric, {divisor})"
    return (
        f"({quotient} + case when {rest} > {divisor} or ({rest} = {divisor} and mod({quotient}, 2) = 1)"
        " then 1 else 0 end)"
    )

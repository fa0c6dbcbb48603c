"""Identifiers that look like Stripe's: a prefix and random letters."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """A fresh identifier such as `pi_3Rk…` (24 random letters)."""
    return f"{prefix}_{_random(24)}"


def new_client_secret(identifier: str) -> str:
    """The secret a browser needs to act upon an intent."""
    return f"{identifier}_secret_{_random(25)}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))

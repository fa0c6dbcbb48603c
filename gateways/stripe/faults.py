"""What Stripe's errors mean to us: a final no, or a call that may succeed later."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import stripe

from gateways.errors import Refused, Unavailable

# 409: the same key is being worked on right now; 408 and 425: Stripe asks to come again.
_AGAIN = {408, 409, 425, 429}


@contextmanager
def translated() -> Generator[None]:
    """Let only `Refused` and `Unavailable` out of a block of calls.

    Raises:
        Refused: Stripe said no, finally.
        Unavailable: No answer, too many requests, or Stripe's own failure; the call may have had its effect.
    """
    try:
        yield
    except stripe.StripeError as error:
        raise _meaning(error) from error


def _meaning(error: stripe.StripeError) -> Refused | Unavailable:
    detail = error.user_message or str(error)
    if _may_succeed_later(error):
        return Unavailable(f"Stripe: {detail}", retry_after_seconds=_retry_after_seconds(error))
    if isinstance(error, stripe.CardError):
        return Refused("card_declined", detail, decline_code=decline_code_of(error))
    if isinstance(error, stripe.IdempotencyError):
        return Refused("idempotency_mismatch", detail)
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return Refused("provider_key_refused", detail)
    return Refused(error.code or "invalid_request", detail)


def _may_succeed_later(error: stripe.StripeError) -> bool:
    if isinstance(error, (stripe.APIConnectionError, stripe.RateLimitError)):
        return True
    status = error.http_status
    return status is None or status >= 500 or status in _AGAIN


def _retry_after_seconds(error: stripe.StripeError) -> float | None:
    asked = (error.headers or {}).get("retry-after")
    try:
        return float(asked) if asked else None
    except ValueError:
        return None


def decline_code_of(error: stripe.CardError) -> str:
    """The bank's reason; Stripe's own code (`expired_card`) where the bank gives none."""
    return str(error_body(error).get("decline_code") or error.code or "generic_decline")


def error_body(error: stripe.StripeError) -> dict[str, Any]:
    """Stripe's error object as it was answered; empty when there was no answer."""
    body: Any = error.json_body
    return body.get("error") or {} if isinstance(body, dict) else {}

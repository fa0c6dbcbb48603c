"""The payment provider, as collection sees it: customers, saved methods, charges that cannot happen twice, events."""

from gateways.stripe.client import Stripe
from gateways.stripe.events import StripeEvent, parse_event
from gateways.stripe.results import CardPage, ChargeResult, ChargeState, RefundResult, SavedMethod

__all__ = [
    "CardPage",
    "ChargeResult",
    "ChargeState",
    "RefundResult",
    "SavedMethod",
    "Stripe",
    "StripeEvent",
    "parse_event",
]

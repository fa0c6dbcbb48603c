"""Stripe's published test cards, by number and by the `pm_card_…` name, and how each behaves."""

from dataclasses import dataclass
from typing import Literal

from sandbox.errors import Json

Authentication = Literal["never", "unless_set_up", "always", "on_session"]


@dataclass(frozen=True)
class Behaviour:
    """What happens when a card is saved and charged.

    Attributes:
        decline: Key into `DECLINES`, or None when charges succeed.
        attachable: Whether saving the card to a customer is possible although charges are declined.
        authentication: When the bank wants to hear from the person.
        dispute: Reason of the dispute that follows a charge, or None.
        refunds: Whether a refund reaches the card.
    """

    decline: str | None = None
    attachable: bool = False
    authentication: Authentication = "never"
    dispute: str | None = None
    refunds: bool = True


BEHAVIOURS = {
    "succeeds": Behaviour(),
    "generic_decline": Behaviour("generic_decline"),
    "insufficient_funds": Behaviour("insufficient_funds"),
    "lost_card": Behaviour("lost_card"),
    "stolen_card": Behaviour("stolen_card"),
    "card_velocity_exceeded": Behaviour("card_velocity_exceeded"),
    "fraudulent": Behaviour("fraudulent"),
    "expired_card": Behaviour("expired_card"),
    "incorrect_cvc": Behaviour("incorrect_cvc"),
    "processing_error": Behaviour("processing_error"),
    "declines_after_attaching": Behaviour("generic_decline", attachable=True),
    "authenticates_unless_set_up": Behaviour(authentication="unless_set_up"),
    "authenticates_always": Behaviour(authentication="always"),
    "authenticates_on_session": Behaviour(authentication="on_session"),
    "authenticated_then_insufficient_funds": Behaviour("insufficient_funds", authentication="always"),
    "disputed_as_fraudulent": Behaviour(dispute="fraudulent"),
    "disputed_as_not_received": Behaviour(dispute="product_not_received"),
    "refund_fails": Behaviour(refunds=False),
}


@dataclass(frozen=True)
class TestCard:
    """One of the published numbers."""

    number: str
    alias: str | None
    behaviour: str = "succeeds"
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"


CARDS = (
    TestCard("4242424242424242", "pm_card_visa"),
    TestCard("4000056655665556", "pm_card_visa_debit", funding="debit"),
    TestCard("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    TestCard("5200828282828210", "pm_card_mastercard_debit", brand="mastercard", funding="debit"),
    TestCard("378282246310005", "pm_card_amex", brand="amex"),
    TestCard("6011111111111117", "pm_card_discover", brand="discover"),
    TestCard("4000002760000016", "pm_card_de", country="DE"),
    TestCard("4000008260000000", "pm_card_gb", country="GB"),
    TestCard("4000000000000002", "pm_card_visa_chargeDeclined", "generic_decline"),
    TestCard("4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    TestCard("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "lost_card"),
    TestCard("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
    TestCard("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card"),
    TestCard("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    TestCard("4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error"),
    TestCard(
        "4000000000006975", "pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"
    ),
    TestCard("4100000000000019", "pm_card_radarBlock", "fraudulent"),
    TestCard("4000000000000341", "pm_card_chargeCustomerFail", "declines_after_attaching"),
    TestCard("4000002500003155", "pm_card_authenticationRequiredOnSetup", "authenticates_unless_set_up"),
    TestCard("4000002760003184", "pm_card_authenticationRequired", "authenticates_always"),
    TestCard(
        "4000003800000446", "pm_card_authenticationRequiredSetupForOffSession", "authenticates_on_session"
    ),
    TestCard(
        "4000008260003178",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "authenticated_then_insufficient_funds",
    ),
    TestCard("4000000000000259", "pm_card_createDispute", "disputed_as_fraudulent"),
    TestCard("4000000000002685", "pm_card_createDisputeProductNotReceived", "disputed_as_not_received"),
    TestCard("4000000000005126", "pm_card_refundFail", "refund_fails"),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_ALIAS = {card.alias: card for card in CARDS} | {
    "pm_card_chargeDeclined": BY_NUMBER["4000000000000002"],
    "pm_card_chargeDeclinedInsufficientFunds": BY_NUMBER["4000000000009995"],
    "pm_card_threeDSecure2Required": BY_NUMBER["4000002760003184"],
    "pm_card_us": BY_NUMBER["4242424242424242"],
}

_BY_BANK = "Your card was declined."
DECLINES: dict[str, Json] = {
    "generic_decline": {"message": _BY_BANK, "advice_code": "try_again_later"},
    "insufficient_funds": {"message": "Your card has insufficient funds.", "advice_code": "try_again_later"},
    "lost_card": {"message": _BY_BANK, "advice_code": "do_not_try_again"},
    "stolen_card": {"message": _BY_BANK, "advice_code": "do_not_try_again"},
    "fraudulent": {"message": _BY_BANK, "advice_code": "do_not_try_again"},
    "card_velocity_exceeded": {
        "message": "Your card was declined for making repeated attempts too frequently or exceeding its "
        "amount limit.",
        "advice_code": "try_again_later",
    },
    "expired_card": {
        "message": "Your card has expired.",
        "advice_code": "confirm_card_data",
        "param": "exp_month",
    },
    "incorrect_cvc": {"message": "Your card's security code is incorrect.", "param": "cvc"},
    "processing_error": {
        "message": "An error occurred while processing your card. Try again in a little bit.",
        "advice_code": "try_again_later",
    },
}
_OWN_CODES = {"expired_card", "incorrect_cvc", "processing_error"}


def decline_of(reason: str) -> Json:
    """The error fields of a decline: `code`, `decline_code`, `message` and the network's advice."""
    code = {"code": reason} if reason in _OWN_CODES else {"code": "card_declined", "decline_code": reason}
    return code | DECLINES[reason]


AUTHENTICATION_REQUIRED: Json = {
    "code": "authentication_required",
    "decline_code": "authentication_required",
    "message": "Your card was declined. This transaction requires authentication.",
}
AUTHENTICATION_FAILED: Json = {
    "code": "payment_intent_authentication_failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or"
    " a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
}
SETUP_AUTHENTICATION_FAILED: Json = {
    "code": "setup_intent_authentication_failure",
    "message": "The latest attempt to set up the payment method has failed because authentication failed.",
}

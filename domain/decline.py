"""Why a bank declined a card, by Stripe's published decline codes, and whether asking the same card again can help.

See https://docs.stripe.com/declines/codes. An unknown code counts as soft: the card is asked again on the dunning
days only, and a person is told each time.
"""

from typing import Literal

Decline = Literal["authentication", "hard", "soft"]

# The bank wants to hear from the cardholder; the same card succeeds once they have confirmed.
AUTHENTICATION = frozenset(
    {"authentication_required", "authentication_not_handled", "payment_intent_authentication_failure"}
)

# The card is gone, blocked or wrong: charging it again is useless and counts against us with the card networks.
HARD = frozenset(
    {
        "card_not_supported",
        "currency_not_supported",
        "do_not_try_again",
        "expired_card",
        "fraudulent",
        "highest_risk_level",
        "incorrect_address",
        "incorrect_cvc",
        "incorrect_number",
        "incorrect_zip",
        "invalid_account",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "lost_card",
        "merchant_blacklist",
        "new_account_information_available",
        "not_permitted",
        "payment_method_detached",
        "pickup_card",
        "resource_missing",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "service_not_allowed",
        "stolen_card",
        "stop_payment_order",
        "testmode_decline",
        "transaction_not_allowed",
    }
)


def decline_kind(code: str) -> Decline:
    """What a decline code means for asking again."""
    if code in AUTHENTICATION:
        return "authentication"
    return "hard" if code in HARD else "soft"

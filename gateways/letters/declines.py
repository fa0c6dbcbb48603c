"""Why a bank declined a card, in words the card's owner can act upon.

Codes are Stripe's decline codes. Where a bank suspects theft or fraud the owner is only told that it declined, as
the card networks demand.
"""

_FUNDS = (
    "The bank reports that the card's balance or limit is not enough.",
    "Please make sure that the amount is covered, or use another card.",
)
_EXPIRED = ("The card has expired.", "Please add a card that is valid.")
_DATA = (
    "The bank did not recognize the card's details.",
    "Please enter number, expiry date and security code anew.",
)
_LIMIT = (
    "The bank's limit for the amount or the number of payments was reached.",
    "Please ask your bank to allow the payment, or use another card.",
)
_UNSUPPORTED = (
    "The card does not support this kind of payment or currency.",
    "Please use another card.",
)
_LATER = ("The bank could not be reached.", "You need not do anything unless it happens again.")
_DECLINED = (
    "The bank declined without giving a reason.",
    "Please ask your bank, or use another card.",
)
_WORDS = {
    "insufficient_funds": _FUNDS,
    "expired_card": _EXPIRED,
    "incorrect_number": _DATA,
    "invalid_number": _DATA,
    "incorrect_cvc": _DATA,
    "invalid_cvc": _DATA,
    "incorrect_zip": _DATA,
    "invalid_expiry_month": _DATA,
    "invalid_expiry_year": _DATA,
    "card_velocity_exceeded": _LIMIT,
    "withdrawal_count_limit_exceeded": _LIMIT,
    "invalid_amount": _LIMIT,
    "card_not_supported": _UNSUPPORTED,
    "currency_not_supported": _UNSUPPORTED,
    "service_not_allowed": _UNSUPPORTED,
    "issuer_not_available": _LATER,
    "processing_error": _LATER,
    "try_again_later": _LATER,
    "reenter_transaction": _LATER,
}


def explained(decline_code: str | None) -> tuple[str, str]:
    """What happened and what helps, one sentence each."""
    return _WORDS.get(decline_code or "", _DECLINED)

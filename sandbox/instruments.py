"""The resources of cards and bank accounts, made from Stripe's test numbers."""

import calendar
import datetime as dt

from sandbox import banks, cards
from sandbox.account import Account
from sandbox.errors import Json, declined, invalid
from sandbox.identifiers import new_id

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def from_card(account: Account, params: Json) -> tuple[Json, Json]:
    """A card from its number, and how it behaves."""
    given = params.get("card") or {}
    number = given.get("number", "").replace(" ", "")
    test_card = cards.BY_NUMBER.get(number)
    if test_card is None:
        message = "Your card number is incorrect." if number else "Missing required param: card[number]."
        raise declined({"message": message, "code": "incorrect_number", "param": "number"})
    month, year = given.get("exp_month", 0), given.get("exp_year", 0)
    if not 1 <= month <= 12:
        raise declined(
            {"message": "Your card's expiration month is invalid.", "code": "invalid_expiry_month"}
        )
    if is_expired(account, month, year):
        raise declined({"message": "Your card's expiration year is invalid.", "code": "invalid_expiry_year"})
    return card_method(account, test_card, month, year), {"behaviour": test_card.behaviour}


def is_expired(account: Account, month: int, year: int) -> bool:
    """Whether the month printed on the card is over, by the simulated clock."""
    today = dt.datetime.fromtimestamp(account.now(), dt.UTC).date()
    last_day = calendar.monthrange(year, month)[1] if year else 1
    return today > dt.date(max(year, 1), month, last_day)


def card_method(account: Account, card: cards.TestCard, month: int, year: int) -> Json:
    """The resource for a test card."""
    details: Json = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"sandbox{card.number[-9:]}",
        "funding": card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _method(account, "card", details)


def bank_method(account: Account, bank: banks.TestBankAccount, given: Json) -> Json:
    """The resource for a test bank account."""
    details: Json = {
        "account_holder_type": given.get("account_holder_type", "individual"),
        "account_type": given.get("account_type", "checking"),
        "bank_name": banks.BANK_NAME,
        "financial_connections_account": None,
        "fingerprint": f"sandbox{bank.number[-9:]}",
        "last4": bank.number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": banks.ROUTING_NUMBER,
        "status_details": {},
    }
    return _method(account, "us_bank_account", details)


def from_bank_account(account: Account, params: Json) -> tuple[Json, Json]:
    """A bank account from its numbers, and how it behaves."""
    given = params.get("us_bank_account") or {}
    if given.get("routing_number") != banks.ROUTING_NUMBER:
        raise invalid(
            "You must use a test routing number, 110000000.",
            param="us_bank_account[routing_number]",
            code="routing_number_invalid",
        )
    bank = banks.BY_NUMBER.get(given.get("account_number", ""))
    if bank is None:
        raise invalid(
            "You must use a test bank account number in test mode.",
            param="us_bank_account[account_number]",
            code="account_number_invalid",
        )
    return bank_method(account, bank, given), {"bank": bank.number, "verified": False}


def _method(account: Account, kind: str, details: Json) -> Json:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": dict(_NO_ADDRESS),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "created": account.now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: details,
    }

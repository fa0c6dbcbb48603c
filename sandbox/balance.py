"""The account's balance: what every payment, refund and dispute added or took, and Stripe's fees."""

from sandbox.account import Account
from sandbox.errors import Json
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever
from sandbox.routing import Route

_CARD_BASIS_POINTS = 290
_CARD_FIXED_MINOR = 30
_ACH_BASIS_POINTS = 80
_ACH_MOST_MINOR = 500
_DAYS_UNTIL_AVAILABLE = 2
_DAY_SECONDS = 86_400
DISPUTE_FEE_MINOR = 1500


def fee_minor(method_type: str, amount_minor: int) -> int:
    """Stripe's fee in the smallest coin: 2.9 % + 30 for cards, 0.8 % up to 500 for ACH debits."""
    if method_type == "us_bank_account":
        return min(_ACH_MOST_MINOR, (amount_minor * _ACH_BASIS_POINTS + 5000) // 10_000)
    return (amount_minor * _CARD_BASIS_POINTS + 5000) // 10_000 + _CARD_FIXED_MINOR


def book(account: Account, source: Json, kind: str, amount_minor: int, fee: int, category: str) -> str:
    """Record a movement of the balance; the identifier of the balance transaction is answered."""
    fee_detail: Json = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    transaction: Json = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount_minor,
        "available_on": account.now() + _DAYS_UNTIL_AVAILABLE * _DAY_SECONDS,
        "balance_type": "payments",
        "created": account.now(),
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [fee_detail] if fee else [],
        "net": amount_minor - fee,
        "reporting_category": category,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    return account.put(transaction)["id"]


def list_all(account: Account, params: Json) -> Json:
    """Balance transactions, newest first."""
    return list_page(
        account, "balance_transaction", "/v1/balance_transactions", params, "source", "type", "currency"
    )


_BASE = "/v1/balance_transactions"

ROUTES = (
    Route("GET", _BASE, "BalanceTransactionListParams", list_all, "source type currency created"),
    Route("GET", f"{_BASE}/{{}}", "BalanceTransactionRetrieveParams", retriever("balance_transaction")),
)

"""Charges: one attempt each to move money, by card at once, by bank debit after days."""

from sandbox import banks, cards
from sandbox.account import Account
from sandbox.balance import book, fee_minor
from sandbox.errors import Json
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever, search_page
from sandbox.metadata import merge_metadata
from sandbox.routing import Route


def new_charge(account: Account, intent: Json, method: Json, status: str) -> Json:
    """A charge of the intent's amount, not kept yet."""
    succeeded = status == "succeeded"
    return {
        "id": new_id("py" if method["type"] == "us_bank_account" else "ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if succeeded else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "BACKOFFICE SANDBOX" if succeeded else None,
        "captured": status != "failed",
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(succeeded=status != "failed"),
        "paid": succeeded,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(method),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def _details(method: Json) -> Json:
    if method["type"] == "us_bank_account":
        names = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
        bank = {name: method["us_bank_account"][name] for name in names}
        extra: Json = {"expected_debit_date": None, "mandate": None, "payment_reference": None}
        return {"type": "us_bank_account", "us_bank_account": bank | extra}
    names = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "wallet",
    )
    card = {name: method["card"][name] for name in names}
    extra = {
        "installments": None,
        "mandate": None,
        "network": method["card"]["brand"],
        "three_d_secure": None,
    }
    return {"type": "card", "card": card | extra}


def _outcome(*, succeeded: bool, decline: Json | None = None) -> Json:
    facts = decline or {}
    return {
        "advice_code": facts.get("advice_code"),
        "network_advice_code": None,
        "network_decline_code": "01" if decline else None,
        "network_status": "approved_by_network" if succeeded else "declined_by_network",
        "reason": facts.get("decline_code", facts.get("code")),
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete." if succeeded else "The bank returned no further details.",
        "type": "authorized" if succeeded else "issuer_declined",
    }


def keep_succeeded(account: Account, charge: Json, capture_method: str) -> Json:
    """The money is there; with asynchronous capture Stripe tells its fee a moment later."""
    charge = {**charge, "status": "succeeded", "paid": True, "amount_captured": charge["amount"]}
    if capture_method == "automatic":
        charge["balance_transaction"] = _book_payment(account, charge)
    else:
        account.schedule(1, "book_charge", charge["id"])
    account.put(charge)
    account.emit("charge.succeeded", charge)
    return charge


def _book_payment(account: Account, charge: Json) -> str:
    method_type = charge["payment_method_details"]["type"]
    kind = "charge" if method_type == "card" else "payment"
    return book(account, charge, kind, charge["amount"], fee_minor(method_type, charge["amount"]), "charge")


def book_later(account: Account, charge_id: str) -> None:
    """A due job: the fee of an asynchronously captured charge becomes known."""
    charge = account.require("charge", charge_id)
    if charge["balance_transaction"] is None:
        booked = account.change(charge, balance_transaction=_book_payment(account, charge))
        account.emit("charge.updated", booked, {"balance_transaction": None})


def keep_failed(account: Account, charge: Json, decline: Json) -> Json:
    """The bank said no; the attempt stays visible."""
    failed = account.put(
        {
            **charge,
            "status": "failed",
            "captured": False,
            "paid": False,
            "failure_code": decline["code"],
            "failure_message": decline["message"],
            "outcome": _outcome(succeeded=False, decline=decline),
        }
    )
    account.emit("charge.failed", failed)
    return failed


def bank_of(account: Account, charge: Json) -> banks.TestBankAccount:
    """The test account a debit was drawn on."""
    return banks.BY_NUMBER[account.store.hidden(charge["payment_method"])["bank"]]


def behaviour_of_charge(account: Account, charge: Json) -> cards.Behaviour:
    """How the card of a charge behaves; a bank account's refunds always arrive."""
    name = account.store.hidden(charge["payment_method"]).get("behaviour", "succeeds")
    return cards.BEHAVIOURS[name]


def update(account: Account, params: Json, identifier: str) -> Json:
    """Other metadata or description on a charge."""
    charge = account.require("charge", identifier)
    metadata = merge_metadata(charge["metadata"], params.get("metadata", {}))
    updated = account.change(
        charge, metadata=metadata, description=params.get("description", charge["description"])
    )
    account.emit("charge.updated", updated, {"metadata": charge["metadata"]})
    return updated


def list_all(account: Account, params: Json) -> Json:
    """Charges, newest first."""
    return list_page(account, "charge", "/v1/charges", params, "customer", "payment_intent")


def search(account: Account, params: Json) -> Json:
    """Charges by a search query."""
    return search_page(account, "charge", "/v1/charges/search", params)


ROUTES = (
    Route("GET", "/v1/charges", "ChargeListParams", list_all, "customer payment_intent created"),
    Route("GET", "/v1/charges/search", "ChargeSearchParams", search, "query"),
    Route("GET", "/v1/charges/{}", "ChargeRetrieveParams", retriever("charge")),
    Route("POST", "/v1/charges/{}", "ChargeUpdateParams", update, "metadata description"),
)

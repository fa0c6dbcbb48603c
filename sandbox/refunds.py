"""Refunds: money back to the card or bank account it came from."""

from sandbox.account import Account
from sandbox.balance import book
from sandbox.charges import behaviour_of_charge
from sandbox.errors import Json, invalid
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever
from sandbox.metadata import merge_metadata
from sandbox.routing import Route

_BANK_REFUND_SECONDS = 5 * 86_400


def create(account: Account, params: Json) -> Json:
    """Give back all or part of a charge; never more than is left of it."""
    charge = _charge(account, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _require_refundable(charge, amount, left)
    by_card = charge["payment_method_details"]["type"] == "card"
    refund: Json = {
        "id": new_id("re" if by_card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "destination_details": None,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded" if by_card else "pending",
        "transfer_reversal": None,
    }
    kind = "refund" if by_card else "payment_refund"
    refund["balance_transaction"] = book(account, refund, kind, -amount, 0, "refund")
    account.put(refund)
    _settle_later(account, charge, refund)
    account.emit("refund.created", refund)
    _reduce(account, charge, amount)
    return refund


def _charge(account: Account, params: Json) -> Json:
    if "charge" in params:
        return account.require("charge", params["charge"], param="charge")
    if "payment_intent" not in params:
        raise invalid("One of the following params should be provided: payment_intent or charge.")
    intent = account.require("payment_intent", params["payment_intent"], param="payment_intent")
    if not intent["latest_charge"]:
        raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return account.require("charge", intent["latest_charge"])


def _require_refundable(charge: Json, amount: int, left: int) -> None:
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not succeeded.", code="charge_not_refundable")
    if charge["disputed"]:
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left <= 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
        )


def _settle_later(account: Account, charge: Json, refund: Json) -> None:
    if not behaviour_of_charge(account, charge).refunds:
        account.schedule(1, "fail_refund", refund["id"])
    elif refund["status"] == "pending":
        account.schedule(_BANK_REFUND_SECONDS, "settle_refund", refund["id"])


def _reduce(account: Account, charge: Json, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    updated = account.change(charge, amount_refunded=refunded, refunded=refunded == charge["amount_captured"])
    account.emit("charge.refunded", updated, {"amount_refunded": charge["amount_refunded"]})


def settle(account: Account, refund_id: str) -> None:
    """A due job: a refund to a bank account arrived."""
    refund = account.require("refund", refund_id)
    if refund["status"] == "pending":
        account.emit("refund.updated", account.change(refund, status="succeeded"), {"status": "pending"})


def fail(account: Account, refund_id: str) -> None:
    """A due job: the bank sent the refund back, so the money is with us again."""
    refund = account.require("refund", refund_id)
    returned = book(account, refund, "refund_failure", refund["amount"], 0, "refund_failure")
    failed = account.change(
        refund,
        status="failed",
        failure_reason="unknown",
        failure_balance_transaction=returned,
    )
    charge = account.require("charge", refund["charge"])
    account.change(charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    account.emit("refund.failed", failed)


def update(account: Account, params: Json, identifier: str) -> Json:
    """Other metadata on a refund."""
    refund = account.require("refund", identifier)
    updated = account.change(refund, metadata=merge_metadata(refund["metadata"], params.get("metadata", {})))
    account.emit("refund.updated", updated, {"metadata": refund["metadata"]})
    return updated


def list_all(account: Account, params: Json) -> Json:
    """Refunds, newest first."""
    return list_page(account, "refund", "/v1/refunds", params, "charge", "payment_intent")


_CREATE = "charge payment_intent amount reason metadata"

ROUTES = (
    Route("POST", "/v1/refunds", "RefundCreateParams", create, _CREATE),
    Route("GET", "/v1/refunds", "RefundListParams", list_all, "charge payment_intent created"),
    Route("GET", "/v1/refunds/{}", "RefundRetrieveParams", retriever("refund")),
    Route("POST", "/v1/refunds/{}", "RefundUpdateParams", update, "metadata"),
)

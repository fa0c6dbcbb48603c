"""Disputes: a card's owner takes the money back; evidence decides who keeps it."""

from sandbox.account import Account
from sandbox.balance import DISPUTE_FEE_MINOR, book
from sandbox.charges import behaviour_of_charge
from sandbox.errors import Json, invalid
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever
from sandbox.metadata import merge_metadata
from sandbox.routing import Route

_DAYS_TO_ANSWER = 7
_DAY_SECONDS = 86_400
_NO_EVIDENCE = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
]
_NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}


def open_dispute(account: Account, charge_id: str) -> None:
    """A due job: the money and a fee are withdrawn; a bank debit's dispute is final at once."""
    charge = account.require("charge", charge_id)
    if charge["disputed"]:
        return
    dispute = _new_dispute(account, charge)
    movement = book(account, dispute, "adjustment", -charge["amount"], DISPUTE_FEE_MINOR, "dispute")
    dispute["balance_transactions"] = [account.require("balance_transaction", movement)]
    account.put(dispute)
    account.change(charge, disputed=True)
    account.emit("charge.dispute.created", dispute)
    account.emit("charge.dispute.funds_withdrawn", dispute)
    if charge["payment_method_details"]["type"] == "us_bank_account":
        account.emit("charge.dispute.closed", account.change(dispute, status="lost"))


def _new_dispute(account: Account, charge: Json) -> Json:
    card = charge["payment_method_details"]["type"] == "card"
    reason = (
        (behaviour_of_charge(account, charge).dispute or "fraudulent") if card else "debit_not_authorized"
    )
    details = {
        "type": "card",
        "card": {
            "brand": charge["payment_method_details"].get("card", {}).get("brand"),
            "case_type": "chargeback",
            "network": charge["payment_method_details"].get("card", {}).get("brand"),
            "network_reason_code": _NETWORK_CODES.get(reason),
        },
    }
    return {
        "id": new_id("du" if card else "dp"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_NO_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": account.now() + _DAYS_TO_ANSWER * _DAY_SECONDS if card else None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": _NETWORK_CODES.get(reason),
        "payment_intent": charge["payment_intent"],
        "payment_method_details": details if card else None,
        "reason": reason,
        "status": "needs_response",
    }


def update(account: Account, params: Json, identifier: str) -> Json:
    """Add evidence; `winning_evidence` or `losing_evidence` as its free text decides once submitted."""
    dispute = account.require("dispute", identifier)
    _require_open(dispute)
    evidence = dispute["evidence"] | (params.get("evidence") or {})
    metadata = merge_metadata(dispute["metadata"], params.get("metadata", {}))
    details = {**dispute["evidence_details"], "has_evidence": bool(params.get("evidence"))}
    changed = account.change(dispute, evidence=evidence, metadata=metadata, evidence_details=details)
    if params.get("evidence") and params.get("submit", True):
        changed = _submit(account, changed)
    account.emit("charge.dispute.updated", changed, {"status": dispute["status"]})
    verdict = {"winning_evidence": "won", "losing_evidence": "lost"}.get(evidence["uncategorized_text"] or "")
    return _decide(account, changed, verdict) if verdict and changed["status"] == "under_review" else changed


def _submit(account: Account, dispute: Json) -> Json:
    details: Json = {**dispute["evidence_details"], "submission_method": "manual"}
    details["submission_count"] += 1
    return account.change(dispute, status="under_review", evidence_details=details)


def _decide(account: Account, dispute: Json, verdict: str) -> Json:
    decided = account.change(dispute, status=verdict)
    if verdict == "won":
        movement = book(account, dispute, "adjustment", dispute["amount"], 0, "dispute_reversal")
        returned = account.require("balance_transaction", movement)
        decided = account.change(decided, balance_transactions=[*dispute["balance_transactions"], returned])
        account.emit("charge.dispute.funds_reinstated", decided)
    account.emit("charge.dispute.closed", decided)
    return decided


def close(account: Account, _params: Json, identifier: str) -> Json:
    """Accept the loss."""
    dispute = account.require("dispute", identifier)
    _require_open(dispute)
    return _decide(account, dispute, "lost")


def _require_open(dispute: Json) -> None:
    if dispute["status"] not in ("needs_response", "under_review"):
        raise invalid("This dispute is already closed.")


def list_all(account: Account, params: Json) -> Json:
    """Disputes, newest first."""
    return list_page(account, "dispute", "/v1/disputes", params, "charge", "payment_intent")


ROUTES = (
    Route("GET", "/v1/disputes", "DisputeListParams", list_all, "charge payment_intent created"),
    Route("GET", "/v1/disputes/{}", "DisputeRetrieveParams", retriever("dispute")),
    Route("POST", "/v1/disputes/{}", "DisputeUpdateParams", update, "evidence metadata submit"),
    Route("POST", "/v1/disputes/{}/close", "DisputeCloseParams", close),
)

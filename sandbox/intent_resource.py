"""The payment intent as Stripe shows it, and the amounts it may carry."""

from sandbox.account import Account
from sandbox.errors import Json, invalid
from sandbox.identifiers import new_client_secret, new_id
from sandbox.metadata import merge_metadata

_LEAST_MINOR = {"usd": 50, "eur": 50, "gbp": 30, "chf": 50, "jpy": 50}
_MOST_MINOR = 99_999_999


def check_amount(params: Json) -> None:
    """Refuse what Stripe cannot collect: below the currency's least amount, above the most."""
    least = _LEAST_MINOR.get(params["currency"], 1)
    if params["amount"] < least:
        raise invalid(
            f"Amount must be at least {least} {params['currency']}.", param="amount", code="amount_too_small"
        )
    if params["amount"] > _MOST_MINOR:
        raise invalid("Amount must be no more than 999,999.99.", param="amount", code="amount_too_large")
    if params.get("capture_method") == "manual":
        raise invalid(
            "This sandbox does not simulate manual capture.", param="capture_method", code="not_simulated"
        )


def new_intent(account: Account, params: Json, method: Json | None) -> Json:
    """The resource as it is before the first attempt."""
    identifier = new_id("pi")
    allowed = params.get("allowed_payment_method_types")
    types = allowed or ["card", "us_bank_account"]
    return {
        "id": identifier,
        "object": "payment_intent",
        "allowed_payment_method_types": allowed,
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": new_client_secret(identifier),
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": account.now(),
        "currency": params["currency"],
        "customer": params.get("customer"),
        "description": params.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": method and method["id"],
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": types if params["currency"] == "usd" else ["card"],
        "processing": None,
        "receipt_email": params.get("receipt_email"),
        "review": None,
        "setup_future_usage": params.get("setup_future_usage"),
        "shipping": None,
        "source": None,
        "statement_descriptor": params.get("statement_descriptor"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "status": "requires_confirmation" if method else "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }

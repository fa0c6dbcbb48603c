"""Mandates: a person's permission to debit their bank account later."""

from sandbox.account import Account
from sandbox.errors import Json, invalid
from sandbox.identifiers import new_id
from sandbox.lists import retriever
from sandbox.routing import Route


def give_mandate(account: Account, method: Json, mandate_data: Json | str | None) -> Json:
    """Record the acceptance and remember it with the payment method.

    Raises:
        StripeError: The request does not say how the person accepted.
    """
    if not isinstance(mandate_data, dict):
        raise invalid(
            "A mandate is required to debit this bank account: pass `mandate_data`.",
            param="mandate_data",
        )
    given = mandate_data["customer_acceptance"]
    acceptance: Json = {"accepted_at": given.get("accepted_at", account.now()), "type": given["type"]}
    acceptance[given["type"]] = given.get(given["type"], {})
    mandate: Json = {
        "id": new_id("mandate"),
        "object": "mandate",
        "customer_acceptance": acceptance,
        "livemode": False,
        "multi_use": {},
        "payment_method": method["id"],
        "payment_method_details": {"type": "us_bank_account", "us_bank_account": {}},
        "status": "active",
        "type": "multi_use",
    }
    account.put(mandate)
    account.store.hide(method["id"], mandate=mandate["id"])
    return mandate


ROUTES = (Route("GET", "/v1/mandates/{}", "MandateRetrieveParams", retriever("mandate")),)

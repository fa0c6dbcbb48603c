"""Setup intents: saving a card or bank account for charges while its owner is away."""

from sandbox import cards
from sandbox.account import Account
from sandbox.customers import require_customer
from sandbox.errors import Json, declined, invalid
from sandbox.identifiers import new_client_secret, new_id
from sandbox.lists import list_page, retriever
from sandbox.mandates import give_mandate
from sandbox.metadata import merge_metadata
from sandbox.next_actions import authentication_action, microdeposits_action
from sandbox.payment_methods import behaviour_of, resolve, save_to_customer
from sandbox.routing import Route

_DEFAULT_TYPES = ["card", "us_bank_account"]
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_AMOUNTS = [32, 45]


def create(account: Account, params: Json) -> Json:
    """A new setup intent, confirmed at once when asked for."""
    if customer := params.get("customer"):
        require_customer(account, customer, "customer")
    method = (
        resolve(account, params["payment_method"], "payment_method") if "payment_method" in params else None
    )
    identifier = new_id("seti")
    intent: Json = {
        "id": identifier,
        "object": "setup_intent",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "application": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "cancellation_reason": None,
        "client_secret": new_client_secret(identifier),
        "created": account.now(),
        "customer": customer,
        "description": params.get("description"),
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": method and method["id"],
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": params.get("allowed_payment_method_types") or _DEFAULT_TYPES,
        "single_use_mandate": None,
        "status": "requires_confirmation" if method else "requires_payment_method",
        "usage": params.get("usage", "off_session"),
    }
    account.put(intent)
    account.emit("setup_intent.created", intent)
    return confirm_intent(account, intent, params) if params.get("confirm") else intent


def confirm(account: Account, params: Json, identifier: str) -> Json:
    """Try to save the method."""
    return confirm_intent(account, account.require("setup_intent", identifier, param=None), params)


def confirm_intent(account: Account, intent: Json, params: Json) -> Json:
    """Ask the bank; a card may need its owner first, a bank account needs a mandate and verification."""
    _require_open(intent, "confirm")
    chosen = params.get("payment_method") or intent["payment_method"]
    if not chosen:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            param="payment_method",
        )
    method = resolve(account, chosen, "payment_method")
    intent = account.change(intent, payment_method=method["id"])
    if method["type"] == "us_bank_account":
        return _confirm_bank_account(account, intent, method, params)
    behaviour = behaviour_of(account, method)
    if behaviour.decline and not behaviour.attachable and behaviour.authentication == "never":
        return fail(account, intent, method, cards.decline_of(behaviour.decline), answer=True)
    if behaviour.authentication == "never":
        return succeed(account, intent, method)
    action = authentication_action(account, intent, params.get("return_url"))
    return _wait(account, intent, action)


def _confirm_bank_account(account: Account, intent: Json, method: Json, params: Json) -> Json:
    mandate = give_mandate(account, method, params.get("mandate_data"))
    intent = account.change(intent, mandate=mandate["id"])
    skips = (
        params.get("payment_method_options", {}).get("us_bank_account", {}).get("verification_method")
        == "skip"
    )
    if skips or account.store.hidden(method["id"])["verified"]:
        return succeed(account, intent, method)
    return _wait(account, intent, microdeposits_action(account, intent))


def _wait(account: Account, intent: Json, action: Json) -> Json:
    waiting = account.change(intent, status="requires_action", next_action=action)
    account.emit("setup_intent.requires_action", waiting)
    return waiting


def verify_microdeposits(account: Account, params: Json, identifier: str) -> Json:
    """Prove the bank account is one's own: amounts 32 and 45, or descriptor code SM11AA."""
    intent = account.require("setup_intent", identifier)
    if intent["status"] != "requires_action" or intent["next_action"]["type"] != "verify_with_microdeposits":
        raise invalid(
            "This SetupIntent is not waiting for microdeposits.", code="setup_intent_unexpected_state"
        )
    method = account.require("payment_method", intent["payment_method"])
    if params.get("amounts") != _AMOUNTS and params.get("descriptor_code") != "SM11AA":
        raise invalid(
            "The amounts provided do not match the amounts that were sent to the bank account.",
            code="payment_method_microdeposit_verification_amounts_mismatch",
        )
    account.store.hide(method["id"], verified=True)
    return succeed(account, intent, method)


def succeed(account: Account, intent: Json, method: Json) -> Json:
    """The method is saved to the customer and may be charged off session."""
    if intent["customer"]:
        save_to_customer(account, method, intent["customer"])
    account.store.hide(method["id"], set_up=True)
    done = account.change(intent, status="succeeded", next_action=None, last_setup_error=None)
    account.emit("setup_intent.succeeded", done)
    return done


def fail(account: Account, intent: Json, method: Json, decline: Json, *, answer: bool) -> Json:
    """The method is not saved; with `answer` the caller is told by a 402.

    Raises:
        StripeError: The decline, when `answer`.
    """
    error = {**decline, "type": "card_error", "payment_method": method}
    failed = account.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=error,
    )
    account.emit("setup_intent.setup_failed", failed)
    if answer:
        raise declined(decline, setup_intent=failed, payment_method=method)
    return failed


def cancel(account: Account, params: Json, identifier: str) -> Json:
    """End an intent that has not succeeded."""
    intent = account.require("setup_intent", identifier)
    _require_open(intent, "cancel")
    reason = params.get("cancellation_reason")
    canceled = account.change(intent, status="canceled", cancellation_reason=reason, next_action=None)
    account.emit("setup_intent.canceled", canceled)
    return canceled


def _require_open(intent: Json, verb: str) -> None:
    if intent["status"] not in _OPEN:
        raise invalid(
            f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )


def list_all(account: Account, params: Json) -> Json:
    """Setup intents, newest first."""
    return list_page(account, "setup_intent", "/v1/setup_intents", params, "customer", "payment_method")


_CONFIRM = "payment_method mandate_data return_url payment_method_options use_stripe_sdk"
_CREATE = (
    f"{_CONFIRM} customer confirm usage metadata description allowed_payment_method_types"
    " automatic_payment_methods"
)

ROUTES = (
    Route("POST", "/v1/setup_intents", "SetupIntentCreateParams", create, _CREATE),
    Route("GET", "/v1/setup_intents", "SetupIntentListParams", list_all, "customer payment_method created"),
    Route(
        "GET", "/v1/setup_intents/{}", "SetupIntentRetrieveParams", retriever("setup_intent"), "client_secret"
    ),
    Route("POST", "/v1/setup_intents/{}/confirm", "SetupIntentConfirmParams", confirm, _CONFIRM),
    Route("POST", "/v1/setup_intents/{}/cancel", "SetupIntentCancelParams", cancel, "cancellation_reason"),
    Route(
        "POST",
        "/v1/setup_intents/{}/verify_microdeposits",
        "SetupIntentVerifyMicrodepositsParams",
        verify_microdeposits,
        "amounts descriptor_code",
    ),
)

"""Payment intents: the wish to collect an amount, through every attempt until it is paid or given up."""

from sandbox.account import Account
from sandbox.charging import charge_card, debit_bank_account
from sandbox.customers import require_customer
from sandbox.errors import Json, invalid
from sandbox.intent_resource import check_amount, new_intent
from sandbox.lists import list_page, retriever, search_page
from sandbox.metadata import merge_metadata
from sandbox.payment_methods import resolve
from sandbox.routing import Route

_UNFINISHED = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(account: Account, params: Json) -> Json:
    """A new payment intent, confirmed at once when asked for."""
    check_amount(params)
    if customer := params.get("customer"):
        require_customer(account, customer, "customer")
    if params.get("off_session") and not params.get("confirm"):
        raise invalid("You cannot set `off_session` when `confirm` is not true.", param="off_session")
    method = _chosen(account, params.get("payment_method"), customer)
    if params.get("confirm"):
        _require_return_url(params)
    intent = account.put(new_intent(account, params, method))
    account.emit("payment_intent.created", intent)
    return _attempt(account, intent, method, params) if params.get("confirm") else intent


def _chosen(account: Account, identifier: str | None, customer: str | None) -> Json | None:
    if not identifier:
        return None
    method = resolve(account, identifier, "payment_method")
    if method["customer"] and method["customer"] != customer:
        raise invalid(
            f"The provided PaymentMethod {method['id']} belongs to another Customer. Include that customer.",
            param="payment_method",
        )
    if account.store.hidden(method["id"]).get("detached"):
        raise invalid(
            "The provided PaymentMethod was previously detached from a Customer and may not be used again.",
            param="payment_method",
        )
    return method


def _require_return_url(params: Json) -> None:
    """A method that redirects needs a way back; being charged off session, or a card only, needs none."""
    redirects = params.get("automatic_payment_methods", {}).get("allow_redirects") != "never"
    card_only = set(params.get("allowed_payment_method_types", ["link"])) <= {"card", "us_bank_account"}
    if redirects and not (card_only or params.get("off_session") or params.get("return_url")):
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because"
            " some of these payment methods might redirect your customer off of your page, you must provide"
            " a `return_url`.",
            param="return_url",
        )


def _attempt(account: Account, intent: Json, method: Json | None, params: Json) -> Json:
    if method is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod's type {method['type']} is not allowed here.", param="payment_method"
        )
    intent = account.change(intent, payment_method=method["id"])
    if method["type"] == "us_bank_account":
        return debit_bank_account(account, intent, method, params)
    return charge_card(account, intent, method, params)


def confirm(account: Account, params: Json, identifier: str) -> Json:
    """Try to collect, with the method given or the one the intent has."""
    intent = account.require("payment_intent", identifier)
    _require_unfinished(intent, "confirm")
    chosen = params.get("payment_method") or intent["payment_method"]
    method = _chosen(account, chosen, intent["customer"])
    known = {"allowed_payment_method_types": intent["allowed_payment_method_types"] or ["link"]}
    _require_return_url(known | params)
    changed = {name: params[name] for name in ("setup_future_usage", "receipt_email") if name in params}
    return _attempt(account, account.change(intent, **changed), method, params)


def update(account: Account, params: Json, identifier: str) -> Json:
    """Other facts about an intent that is not finished."""
    intent = account.require("payment_intent", identifier)
    _require_unfinished(intent, "update")
    changed = {n: params[n] for n in ("amount", "currency", "description", "receipt_email") if n in params}
    check_amount({**intent, **changed})
    if "payment_method" in params:
        method = _chosen(account, params["payment_method"], intent["customer"])
        changed |= {
            "payment_method": method and method["id"],
            "status": "requires_confirmation",
            "next_action": None,
        }
    if "metadata" in params:
        changed["metadata"] = merge_metadata(intent["metadata"], params["metadata"])
    return account.change(intent, **changed)


def cancel(account: Account, params: Json, identifier: str) -> Json:
    """Give up on an intent that is not paid."""
    intent = account.require("payment_intent", identifier)
    _require_unfinished(intent, "cancel")
    canceled = account.change(
        intent,
        status="canceled",
        canceled_at=account.now(),
        cancellation_reason=params.get("cancellation_reason"),
        next_action=None,
    )
    account.emit("payment_intent.canceled", canceled)
    return canceled


def _require_unfinished(intent: Json, verb: str) -> None:
    if intent["status"] not in _UNFINISHED:
        raise invalid(
            f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )


def list_all(account: Account, params: Json) -> Json:
    """Payment intents, newest first."""
    return list_page(account, "payment_intent", "/v1/payment_intents", params, "customer")


def search(account: Account, params: Json) -> Json:
    """Payment intents by a search query."""
    return search_page(account, "payment_intent", "/v1/payment_intents/search", params)


_CONFIRM = (
    "payment_method off_session return_url mandate_data error_on_requires_action receipt_email"
    " setup_future_usage use_stripe_sdk"
)
_CREATE = (
    f"{_CONFIRM} amount currency customer confirm description metadata allowed_payment_method_types"
    " automatic_payment_methods capture_method confirmation_method statement_descriptor"
    " statement_descriptor_suffix"
)
_UPDATE = "amount currency description receipt_email payment_method metadata"
_BASE = "/v1/payment_intents"

ROUTES = (
    Route("POST", _BASE, "PaymentIntentCreateParams", create, _CREATE),
    Route("GET", _BASE, "PaymentIntentListParams", list_all, "customer created"),
    Route("GET", f"{_BASE}/search", "PaymentIntentSearchParams", search, "query"),
    Route(
        "GET", f"{_BASE}/{{}}", "PaymentIntentRetrieveParams", retriever("payment_intent"), "client_secret"
    ),
    Route("POST", f"{_BASE}/{{}}", "PaymentIntentUpdateParams", update, _UPDATE),
    Route("POST", f"{_BASE}/{{}}/confirm", "PaymentIntentConfirmParams", confirm, _CONFIRM),
    Route("POST", f"{_BASE}/{{}}/cancel", "PaymentIntentCancelParams", cancel, "cancellation_reason"),
)

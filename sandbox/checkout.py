"""Checkout sessions in setup mode: Stripe's own page on which a customer saves a card."""

from sandbox.account import Account
from sandbox.customers import require_customer
from sandbox.errors import Json, invalid
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever
from sandbox.metadata import merge_metadata
from sandbox.routing import Route
from sandbox.setup_intents import create as create_setup_intent

_HOURS_OPEN = 24
# Null in setup mode on a hosted page.
_UNUSED = (
    "adaptive_pricing after_expiration allow_promotion_codes amount_subtotal amount_total "
    "billing_address_collection client_secret consent consent_collection currency_conversion "
    "customer_creation customer_details customer_email invoice locale payment_intent payment_link "
    "payment_method_collection recovered_from shipping_address_collection shipping_cost submit_type "
    "subscription total_details"
)


def create(account: Account, params: Json) -> Json:
    """A new session with its hosted page."""
    _require_simulated(account, params)
    data = params.get("setup_intent_data", {})
    setup: Json = {"customer": params["customer"], "metadata": data.get("metadata", {})}
    intent = create_setup_intent(account, setup)
    identifier = new_id("cs_test")
    session: Json = {
        **dict.fromkeys(_UNUSED.split()),
        "id": identifier,
        "object": "checkout.session",
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": account.now(),
        "currency": params.get("currency"),
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": params["customer"],
        "expires_at": account.now() + _HOURS_OPEN * 3600,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "mode": "setup",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "setup_intent": intent["id"],
        "shipping_options": [],
        "status": "open",
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{account.base_url}/sandbox/checkout/{identifier}",
    }
    account.schedule(_HOURS_OPEN * 3600, "expire_checkout", identifier)
    return account.put(session)


def _require_simulated(account: Account, params: Json) -> None:
    if params.get("mode") != "setup":
        raise invalid("This sandbox simulates Checkout in mode setup.", param="mode", code="not_simulated")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("This sandbox simulates the hosted page.", param="ui_mode", code="not_simulated")
    for name in ("customer", "success_url"):
        if name not in params:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    if "currency" not in params and "allowed_payment_method_types" not in params:
        raise invalid("Missing required param: currency.", param="currency", code="parameter_missing")
    require_customer(account, params["customer"], "customer")


def complete(account: Account, session: Json) -> Json:
    """The person saved a card on the page."""
    done = account.change(session, status="complete", url=None)
    account.emit("checkout.session.completed", done)
    return done


def expire(account: Account, _params: Json, identifier: str) -> Json:
    """Close the page before it is used."""
    session = account.require("checkout.session", identifier)
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired, not {session["status"]}.'
        )
    expired = account.change(session, status="expired", url=None)
    account.emit("checkout.session.expired", expired)
    return expired


def expire_unused(account: Account, identifier: str) -> None:
    """A due job: a session nobody used closes after a day."""
    if account.require("checkout.session", identifier)["status"] == "open":
        expire(account, {}, identifier)


def list_all(account: Account, params: Json) -> Json:
    """Sessions, newest first."""
    return list_page(account, "checkout.session", "/v1/checkout/sessions", params, "customer", "status")


_BASE = "/v1/checkout/sessions"
_CREATE = (
    "mode customer currency success_url cancel_url client_reference_id metadata setup_intent_data ui_mode"
    " allowed_payment_method_types"
)

ROUTES = (
    Route("POST", _BASE, "checkout.SessionCreateParams", create, _CREATE),
    Route("GET", _BASE, "checkout.SessionListParams", list_all, "customer status created"),
    Route("GET", f"{_BASE}/{{}}", "checkout.SessionRetrieveParams", retriever("checkout.session")),
    Route("POST", f"{_BASE}/{{}}/expire", "checkout.SessionExpireParams", expire),
)

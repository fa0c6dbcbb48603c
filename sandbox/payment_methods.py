"""Payment methods: cards and US bank accounts, made from test numbers, saved to customers."""

import datetime as dt
from typing import Any

from sandbox import banks, cards
from sandbox.account import Account
from sandbox.customers import require_customer
from sandbox.errors import Json, declined, invalid
from sandbox.instruments import bank_method, card_method, from_bank_account, from_card
from sandbox.lists import list_page, retriever
from sandbox.metadata import merge_metadata
from sandbox.routing import Route

_YEARS_VALID = 5


def create(account: Account, params: Json) -> Json:
    """A payment method from a test number, not yet saved to anyone."""
    kind = params.get("type")
    if kind == "card":
        method, hidden = from_card(account, params)
    elif kind == "us_bank_account":
        method, hidden = from_bank_account(account, params)
    else:
        raise invalid("This sandbox simulates the types card and us_bank_account.", param="type")
    details = params.get("billing_details", {})
    method["billing_details"] |= {name: value or None for name, value in details.items() if name != "address"}
    method["metadata"] = merge_metadata({}, params.get("metadata", {}))
    return account.put(method, **hidden)


def resolve(account: Account, identifier: str, param: str | None = None) -> Json:
    """The payment method; each use of a published name such as `pm_card_visa` makes a new one.

    Raises:
        StripeError: `resource_missing`.
    """
    if card := cards.BY_ALIAS.get(identifier):
        year = dt.datetime.fromtimestamp(account.now(), dt.UTC).year + _YEARS_VALID
        return account.put(card_method(account, card, 12, year), behaviour=card.behaviour)
    if bank := banks.BY_ALIAS.get(identifier):
        return account.put(bank_method(account, bank, {}), bank=bank.number, verified=True)
    return account.require("payment_method", identifier, param=param)


def behaviour_of(account: Account, method: Json) -> cards.Behaviour:
    """How this card behaves now; the control API may have changed it since it was saved."""
    return cards.BEHAVIOURS[account.store.hidden(method["id"])["behaviour"]]


def attach(account: Account, params: Json, identifier: str) -> Json:
    """Save a card to a customer; the bank is asked, so a card that declines is refused here."""
    customer = require_customer(account, params.get("customer", ""), "customer")
    method = resolve(account, identifier)
    if method["customer"] not in (None, customer["id"]):
        raise invalid("The payment method you provided has already been attached to a customer.")
    if method["type"] != "card":
        raise invalid(
            "A us_bank_account PaymentMethod must be verified before it is attached: use a SetupIntent.",
            code="payment_method_unexpected_state",
        )
    behaviour = behaviour_of(account, method)
    if behaviour.decline and not behaviour.attachable and behaviour.authentication == "never":
        raise declined(cards.decline_of(behaviour.decline))
    return save_to_customer(account, method, customer["id"])


def save_to_customer(account: Account, method: Json, customer_id: str) -> Json:
    """Make the method the customer's; true already is no change."""
    if method["customer"] == customer_id:
        return method
    saved = account.change(method, customer=customer_id)
    account.emit("payment_method.attached", saved)
    return saved


def detach(account: Account, _params: Json, identifier: str) -> Json:
    """Forget a saved method; it can never be used again."""
    method = account.require("payment_method", identifier)
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    detached = account.change(method, customer=None)
    account.store.hide(identifier, detached=True)
    account.emit("payment_method.detached", detached, {"customer": method["customer"]})
    return detached


def update(account: Account, params: Json, identifier: str) -> Json:
    """Other metadata on a method."""
    method = account.require("payment_method", identifier)
    metadata = merge_metadata(method["metadata"], params.get("metadata", {}))
    return account.change(method, metadata=metadata)


def list_all(account: Account, params: Json) -> Json:
    """A customer's methods (or everyone's), newest first."""
    return list_page(account, "payment_method", "/v1/payment_methods", params, "customer", "type")


def list_of_customer(account: Account, params: Json, customer_id: str) -> Json:
    """One customer's saved methods, newest first."""
    require_customer(account, customer_id)
    url = f"/v1/customers/{customer_id}/payment_methods"
    owned: dict[str, Any] = {**params, "customer": customer_id}
    return list_page(account, "payment_method", url, owned, "customer", "type")


_RETRIEVE = retriever("payment_method")

ROUTES = (
    Route(
        "POST",
        "/v1/payment_methods",
        "PaymentMethodCreateParams",
        create,
        "type card us_bank_account billing_details metadata",
    ),
    Route("GET", "/v1/payment_methods", "PaymentMethodListParams", list_all, "customer type"),
    Route("GET", "/v1/payment_methods/{}", "PaymentMethodRetrieveParams", _RETRIEVE),
    Route("POST", "/v1/payment_methods/{}", "PaymentMethodUpdateParams", update, "metadata"),
    Route("POST", "/v1/payment_methods/{}/attach", "PaymentMethodAttachParams", attach, "customer"),
    Route("POST", "/v1/payment_methods/{}/detach", "PaymentMethodDetachParams", detach),
    Route(
        "GET", "/v1/customers/{}/payment_methods", "CustomerPaymentMethodListParams", list_of_customer, "type"
    ),
)

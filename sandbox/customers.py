"""Customers: who pays, and which of their payment methods is used first."""

from typing import Any

from sandbox.account import Account
from sandbox.errors import Json, invalid, missing
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever, search_page
from sandbox.metadata import merge_metadata
from sandbox.routing import Route

_TEXTS = ("description", "email", "name", "phone")


def create(account: Account, params: Json) -> Json:
    """A new customer without payment methods."""
    customer: Json = {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": account.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": new_id("x")[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer |= _changes(account, customer, params)
    account.put(customer)
    account.emit("customer.created", customer)
    return customer


def _changes(account: Account, customer: Json, params: Json) -> Json:
    changed: Json = {name: params[name] or None for name in _TEXTS if name in params}
    if "metadata" in params:
        changed["metadata"] = merge_metadata(customer["metadata"], params["metadata"])
    if "address" in params:
        changed["address"] = _address(params["address"])
    if default := params.get("invoice_settings", {}).get("default_payment_method"):
        _require_own_method(account, customer, default)
        changed["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": default}
    return changed


def _address(given: Json | str) -> Json | None:
    parts = ("city", "country", "line1", "line2", "postal_code", "state")
    return {part: given.get(part) for part in parts} if isinstance(given, dict) else None


def _require_own_method(account: Account, customer: Json, identifier: str) -> None:
    param = "invoice_settings[default_payment_method]"
    method = account.require("payment_method", identifier, param=param)
    if method["customer"] != customer["id"]:
        raise invalid(
            f"The customer does not have a payment method with the ID {identifier}. The payment method must"
            " be attached to the customer.",
            param=param,
            code="resource_missing",
        )


def require_customer(account: Account, identifier: str, param: str | None = None) -> Json:
    """The customer, who must not have been deleted.

    Raises:
        StripeError: `resource_missing`.
    """
    customer = account.require("customer", identifier, param=param)
    if customer.get("deleted"):
        raise missing("customer", identifier, param=param or "id", status=400 if param else 404)
    return customer


def update(account: Account, params: Json, identifier: str) -> Json:
    """Other facts about a customer."""
    customer = require_customer(account, identifier)
    changed = _changes(account, customer, params)
    updated = account.change(customer, **changed)
    previous: dict[str, Any] = {name: customer[name] for name in changed}
    account.emit("customer.updated", updated, previous)
    return updated


def delete(account: Account, _params: Json, identifier: str) -> Json:
    """Leave a tombstone; payment methods can no longer be charged."""
    customer = require_customer(account, identifier)
    account.emit("customer.deleted", customer)
    for row in account.store.rows(
        "select id from objects where kind = 'payment_method' and customer = ?", identifier
    ):
        account.change(account.require("payment_method", row["id"]), customer=None)
    tombstone: Json = {"id": identifier, "object": "customer", "deleted": True}
    account.store.put(tombstone)
    return tombstone


def list_all(account: Account, params: Json) -> Json:
    """Customers, newest first."""
    return list_page(account, "customer", "/v1/customers", params, "email")


def search(account: Account, params: Json) -> Json:
    """Customers by a search query."""
    return search_page(account, "customer", "/v1/customers/search", params)


_FACTS = "address description email invoice_settings metadata name phone"

ROUTES = (
    Route("POST", "/v1/customers", "CustomerCreateParams", create, _FACTS),
    Route("GET", "/v1/customers", "CustomerListParams", list_all, "email created"),
    Route("GET", "/v1/customers/search", "CustomerSearchParams", search, "query"),
    Route("GET", "/v1/customers/{}", "CustomerRetrieveParams", retriever("customer")),
    Route("POST", "/v1/customers/{}", "CustomerUpdateParams", update, _FACTS),
    Route("DELETE", "/v1/customers/{}", "CustomerDeleteParams", delete),
)

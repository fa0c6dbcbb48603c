"""Checkout's hosted page in setup mode: a form for a card, the bank's page when it asks, then back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import checkout, payment_methods, setup_intents
from sandbox.account import Account
from sandbox.control import account_of
from sandbox.errors import Json, StripeError
from sandbox.pages import render

_CENTURY = 2000
_FIELDS = ("number", "exp_month", "exp_year", "cvc")


async def show(request: Request) -> Response:
    """The form, or what became of the session."""
    account = account_of(request)
    return _form(account, account.require("checkout.session", request.path_params["id"]))


def _form(account: Account, session: Json, error: str | None = None) -> Response:
    customer = account.require("customer", session["customer"])
    return render(
        "checkout.html",
        status=422 if error else 200,
        session=session,
        customer=customer,
        error=error,
        returns_to=session["success_url"],
    )


async def save_card(request: Request) -> Response:
    """A card was typed in: save it, ask its owner at the bank's page, or show why it was refused."""
    account = account_of(request)
    form = await request.form()
    session = account.require("checkout.session", request.path_params["id"])
    if session["status"] != "open":
        return _form(account, session)
    typed = {name: str(form.get(name, "")) for name in (*_FIELDS, "name")}
    try:
        intent = _confirm(account, session, typed)
    except StripeError as error:
        return _form(account, session, str(error))
    if intent["status"] == "requires_action":
        return RedirectResponse(intent["next_action"]["redirect_to_url"]["url"], 303)
    return _complete(account, session)


def _confirm(account: Account, session: Json, typed: dict[str, str]) -> Json:
    year = int(typed["exp_year"]) if typed["exp_year"].isdecimal() else 0
    card: dict[str, Any] = {
        "number": typed["number"],
        "exp_month": int(typed["exp_month"]) if typed["exp_month"].isdecimal() else 0,
        "exp_year": year + _CENTURY if 0 < year < 100 else year,
        "cvc": typed["cvc"],
    }
    with account.store.transaction():
        method = payment_methods.create(
            account, {"type": "card", "card": card, "billing_details": {"name": typed["name"]}}
        )
        intent = account.require("setup_intent", session["setup_intent"])
        back = f"{account.base_url}/sandbox/checkout/{session['id']}/authenticated"
        return setup_intents.confirm_intent(
            account, intent, {"payment_method": method["id"], "return_url": back}
        )


async def after_authentication(request: Request) -> Response:
    """The person is back from the bank's page."""
    account = account_of(request)
    session = account.require("checkout.session", request.path_params["id"])
    intent = account.require("setup_intent", session["setup_intent"])
    if session["status"] == "open" and intent["status"] != "succeeded":
        return _form(
            account, session, "Your bank did not confirm that it is you. Try again or use another card."
        )
    return _complete(account, session)


def _complete(account: Account, session: Json) -> Response:
    if session["status"] == "open":
        with account.store.transaction():
            checkout.complete(account, session)
    return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


ROUTES = [
    Route("/sandbox/checkout/{id}", show, methods=["GET"]),
    Route("/sandbox/checkout/{id}", save_card, methods=["POST"]),
    Route("/sandbox/checkout/{id}/authenticated", after_authentication, methods=["GET"]),
]

"""Stripe's hosted pages: where a person proves who they are, saves a card, or verifies a bank account."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import charging, setup_intents
from sandbox.account import Account
from sandbox.cards import SETUP_AUTHENTICATION_FAILED
from sandbox.control import account_of
from sandbox.errors import Json, StripeError, missing
from sandbox.hosted_checkout import ROUTES as CHECKOUT_ROUTES
from sandbox.pages import render
from sandbox.payment_methods import behaviour_of


def _intent_of(account: Account, client_secret: str) -> Json:
    intent = account.store.get(client_secret.partition("_secret_")[0])
    if intent is None or intent.get("client_secret") != client_secret:
        raise missing("intent", client_secret, param="client_secret")
    return intent


async def show_authentication(request: Request) -> Response:
    """The bank's page: what is to be approved, and two buttons."""
    account = account_of(request)
    intent = _intent_of(account, request.path_params["client_secret"])
    return_url = account.store.hidden(intent["id"]).get("return_url")
    return render("authenticate.html", intent=intent, returns_to=return_url)


async def authenticate(request: Request) -> Response:
    """The person approved or refused; then back to where they came from."""
    account = account_of(request)
    form = await request.form()
    with account.store.transaction():
        intent = _intent_of(account, request.path_params["client_secret"])
        if intent["status"] == "requires_action":
            intent = _finish(account, intent, approved=form.get("outcome") == "approve")
    return_url = account.store.hidden(intent["id"]).get("return_url")
    if return_url is None:
        return render("done.html", intent=intent)
    return RedirectResponse(_with_result(return_url, intent), 303)


def _finish(account: Account, intent: Json, *, approved: bool) -> Json:
    method = account.require("payment_method", intent["payment_method"])
    if intent["object"] == "setup_intent":
        if approved:
            return setup_intents.succeed(account, intent, method)
        return setup_intents.fail(account, intent, method, SETUP_AUTHENTICATION_FAILED, answer=False)
    if not approved:
        return charging.fail_authentication(account, intent, method)
    if reason := behaviour_of(account, method).decline:
        return charging.decline_after_authentication(account, intent, method, reason)
    return charging.settle_card(account, intent, method)


def _with_result(return_url: str, intent: Json) -> str:
    kind = intent["object"]
    result = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
    }
    return f"{return_url}{'&' if '?' in return_url else '?'}{urlencode(result)}"


async def show_microdeposits(request: Request) -> Response:
    """The page that asks for the two amounts on the bank statement."""
    intent = _intent_of(account_of(request), request.path_params["client_secret"])
    return render("microdeposits.html", intent=intent, error=None)


async def verify_microdeposits(request: Request) -> Response:
    """The amounts were given; the account is verified or the page asks again."""
    account = account_of(request)
    form = await request.form()
    intent = _intent_of(account, request.path_params["client_secret"])
    amounts = [int(text) for name in ("first", "second") if (text := str(form.get(name, ""))).isdecimal()]
    try:
        with account.store.transaction():
            intent = setup_intents.verify_microdeposits(account, {"amounts": amounts}, intent["id"])
    except StripeError as error:
        return render("microdeposits.html", status=422, intent=intent, error=str(error))
    return render("done.html", intent=intent)


ROUTES = [
    Route("/sandbox/authenticate/{client_secret}", show_authentication, methods=["GET"]),
    Route("/sandbox/authenticate/{client_secret}", authenticate, methods=["POST"]),
    Route("/sandbox/microdeposits/{client_secret}", show_microdeposits, methods=["GET"]),
    Route("/sandbox/microdeposits/{client_secret}", verify_microdeposits, methods=["POST"]),
    *CHECKOUT_ROUTES,
]

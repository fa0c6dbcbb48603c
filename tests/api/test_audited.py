"""Every route that changes something leads to the audit log, or says here why it does not need to."""

import inspect
import types
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api import invoices, wallets
from db import audit

WRITING = {"POST", "PUT", "PATCH", "DELETE"}
# Why a route writes no entry of its own; the console's and the portal's forms call the doors, which do.
REASONS = {
    "POST /codec/decode": "shows what Temporal holds, changes nothing",
    "POST /v1/usage": "records are append-only themselves and each names its key",
    "POST /v1/webhooks/stripe": "the inbox is append-only itself; handling an event writes what it changed",
    "POST /v1/webhooks/sendgrid": "the mail's own state; nobody acted",
    "POST /v1/certificates/verify": "compares a document with what is kept, changes nothing",
    "POST /v1/registrations": "a question only; confirming it writes",
    "POST /register": "a question only; confirming it writes",
    "POST /sign-on": "leads to the organization's provider; coming back writes",
    "POST /v1/account/authenticator": "a secret that is not in force; confirming it writes",
    "POST /account/second-factor/begin": "a secret that is not in force; confirming it writes",
    "POST /v1/passkeys/options": "a challenge; answering it writes",
    "POST /v1/sessions/passkey/options": "a challenge; answering it writes",
    "POST /v1/sessions/current/passkey/options": "a challenge; answering it writes",
    "POST /v1/organizations/{organization_id}/sign-on/test": "asks the provider, changes nothing",
    "POST /console/organizations/{organization_id}/sign-on/test": "asks the provider, changes nothing",
    "POST /portal/settings/sign-on/test": "asks the provider, changes nothing",
}
ROOMS = ("api", "activities", "db", "domain", "gateways")


def is_ours(thing: object) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in ROOMS


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code and what is defined inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def named(function: types.FunctionType) -> Iterator[object]:
    """What the function names: its module's names, and attributes of modules and classes among them."""
    for code in codes(function.__code__):
        found = [function.__globals__[name] for name in code.co_names if name in function.__globals__]
        yield from found
        for holder in found:
            if isinstance(holder, types.ModuleType) and holder.__name__.partition(".")[0] in ROOMS:
                yield from (getattr(holder, name, None) for name in code.co_names)


def reaches_the_log(endpoint: object) -> bool:
    """Whether `db.audit.append` can be reached from the endpoint."""
    seen: set[int] = set()
    waiting = [endpoint]
    while waiting:
        thing = waiting.pop()
        if thing is audit.append:
            return True
        if id(thing) in seen or not is_ours(thing):
            continue
        seen.add(id(thing))
        if isinstance(thing, type):
            waiting += [member for member in vars(thing).values() if inspect.isfunction(member)]
        elif inspect.isfunction(thing):
            waiting += [*named(thing), *thing.__annotations__.values()]
    return False


def writing_routes(app: FastAPI) -> list[tuple[str, object]]:
    found = [route for route in iter_route_contexts(app.routes) if route.path and route.endpoint]
    return [
        (f"{method} {route.path}", route.endpoint)
        for route in found
        for method in (route.methods or set()) & WRITING
    ]


def test_every_change_is_written_to_the_audit_log_or_says_why_not(app: FastAPI) -> None:
    silent = {name for name, endpoint in writing_routes(app) if not reaches_the_log(endpoint)}
    assert silent == set(REASONS)


def test_the_search_does_not_find_the_log_where_it_is_not_written() -> None:
    assert not reaches_the_log(wallets.get_wallet)
    assert not reaches_the_log(invoices.list_all)
    assert reaches_the_log(wallets.give)

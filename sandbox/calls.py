"""One API call from its text to its answer, in one transaction: what was done and what was answered agree."""

from dataclasses import dataclass

from sandbox import (
    balance,
    charges,
    checkout,
    customers,
    disputes,
    events,
    mandates,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    webhook_endpoints,
)
from sandbox.account import Account
from sandbox.errors import Json, StripeError
from sandbox.expand import expand
from sandbox.faults import broken, rate_limited, take_fault
from sandbox.forms import Tree
from sandbox.idempotency import find_replay, keep_answer
from sandbox.resources import check_resource
from sandbox.routing import Route, find_route

_ROOMS = (
    balance,
    charges,
    checkout,
    customers,
    disputes,
    events,
    mandates,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    webhook_endpoints,
)
ROUTES: tuple[Route, ...] = tuple(route for room in _ROOMS for route in room.ROUTES)
_DECLINED = 402
_REQUESTS_KEPT = 500


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller.

    Attributes:
        status: HTTP status.
        body: JSON document.
        replayed: Whether an earlier answer was repeated.
        silent: Whether the answer is withheld, so that the caller times out.
    """

    status: int
    body: Json
    replayed: bool = False
    silent: bool = False


def answer_call(account: Account, method: str, path: str, raw: Tree) -> Answer:
    """Do what the call asks, under the switches that are on."""
    with account.store.transaction():
        fault = take_fault(account, method, path)
    answer = _refused_early(fault) or _answer(
        account, method, path, raw, broken_after=fault == "server_error_after"
    )
    if fault == "timeout_after":
        answer = Answer(answer.status, answer.body, silent=True)
    with account.store.transaction():
        _log(account, method, path, answer, fault)
    return answer


def _refused_early(fault: str | None) -> Answer | None:
    if fault == "timeout_before":
        return Answer(504, {}, silent=True)
    refusals = {"rate_limit": rate_limited, "server_error": broken}
    if fault not in refusals:
        return None
    error = refusals[fault]()
    return Answer(error.status, error.body())


def _answer(account: Account, method: str, path: str, raw: Tree, *, broken_after: bool) -> Answer:
    try:
        with account.store.transaction():
            return _execute(account, method, path, raw, broken_after=broken_after)
    except StripeError as error:
        return Answer(error.status, error.body())


def _execute(account: Account, method: str, path: str, raw: Tree, *, broken_after: bool) -> Answer:
    """Perform the call once per idempotency key."""
    key = account.idempotency_key if method == "POST" else None
    if key and (replay := find_replay(account, key, path, raw)):
        return Answer(replay.status, replay.body, replayed=True)
    status, body = _attempt(account, method, path, raw)
    if broken_after:
        status, body = 500, broken().body()
    if key:
        keep_answer(account, key, path, raw, status, body)
    return Answer(status, body)


def _attempt(account: Account, method: str, path: str, raw: Tree) -> tuple[int, Json]:
    """A refusal undoes everything, except a declined card's: its failed attempt is a fact and stays."""
    try:
        return 200, _perform(account, method, path, raw)
    except StripeError as error:
        if error.status != _DECLINED:
            raise
        return error.status, error.body()


def _perform(account: Account, method: str, path: str, raw: Tree) -> Json:
    route, identifiers = find_route(ROUTES, method, path)
    params = route.read(raw)
    resource = route.handler(account, params, *identifiers)
    expanded = expand(account, resource, params.get("expand", []))
    return expanded if expanded.get("deleted") else check_resource(expanded)


def _log(account: Account, method: str, path: str, answer: Answer, fault: str | None) -> None:
    note = fault or ("replayed" if answer.replayed else answer.body.get("error", {}).get("code") or "")
    cursor = account.store.connection.execute(
        "insert into requests (at, method, path, status, key, note) values (?, ?, ?, ?, ?, ?)",
        (account.now(), method, path, answer.status, account.idempotency_key, note),
    )
    account.store.connection.execute(
        "delete from requests where id <= ?", ((cursor.lastrowid or 0) - _REQUESTS_KEPT,)
    )

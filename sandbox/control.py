"""The JSON control API: make calls fail, move the clock, steer deliveries, change how a saved card behaves."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox import faults, jobs
from sandbox.account import Account
from sandbox.cards import BEHAVIOURS
from sandbox.deliveries import Courier, delivery_mode, redeliver
from sandbox.disputes import open_dispute
from sandbox.errors import Json, StripeError, invalid


def account_of(request: Request) -> Account:
    """The simulated account, as a request of the control API or of a page sees it."""
    return Account(request.app.state.store, str(request.base_url).rstrip("/"))


async def _body(request: Request, known: str) -> Json:
    given: Any = await request.json() if await request.body() else {}
    if not isinstance(given, dict):
        raise invalid("A JSON object is expected.")
    if unknown := sorted(given.keys() - set(known.split())):
        raise invalid(f"Unknown field {unknown[0]}; known are {known}.", param=unknown[0])
    return given


async def read_state(request: Request) -> JSONResponse:
    """The simulated time, the switches, and how much there is of everything."""
    account = account_of(request)
    counts = account.store.rows("select kind, count(*) as n from objects group by kind order by kind")
    waiting = account.store.row("select count(*) as n from deliveries where state = 'pending'")
    return JSONResponse(
        {
            "now": account.now(),
            "faults": faults.as_body(faults.list_faults(account)),
            "deliveries": delivery_mode(account.store),
            "deliveries_pending": waiting["n"] if waiting else 0,
            "jobs_due": [
                dict(row) for row in account.store.rows("select * from jobs order by due limit 100")
            ],
            "objects": {row["kind"]: row["n"] for row in counts},
        }
    )


async def turn_on_fault(request: Request) -> JSONResponse:
    """`{kind, count?, method?, path?}`: the next calls that match fail in that way."""
    given = await _body(request, "kind count method path")
    if given.get("kind") not in faults.KINDS:
        raise invalid(f"kind must be one of {', '.join(faults.KINDS)}", param="kind")
    account = account_of(request)
    faults.add_fault(account, faults.Fault(**given))
    return JSONResponse({"faults": faults.as_body(faults.list_faults(account))})


async def clear_faults(request: Request) -> JSONResponse:
    """Every call works again."""
    faults.clear_faults(account_of(request))
    return JSONResponse({"faults": []})


async def advance(request: Request) -> JSONResponse:
    """`{seconds?, days?}`: move the simulated clock; what becomes due happens before the answer."""
    given = await _body(request, "seconds days")
    seconds = int(given.get("seconds", 0)) + int(given.get("days", 0)) * 86_400
    if seconds <= 0:
        raise invalid("Give seconds or days above zero; the clock does not go back.", param="seconds")
    return JSONResponse({"now": jobs.advance_clock(account_of(request), seconds)})


async def steer_deliveries(request: Request) -> JSONResponse:
    """`{paused?, delay_seconds?, repeat?, shuffle?}`: how events travel from now on."""
    given = await _body(request, "paused delay_seconds repeat shuffle")
    store = request.app.state.store
    store.set_switch("deliveries", delivery_mode(store) | given)
    return JSONResponse(delivery_mode(store))


async def deliver_now(request: Request) -> JSONResponse:
    """`{order?: created | reversed | shuffled}`: deliver all that waits before answering, even when paused."""
    given = await _body(request, "order")
    courier: Courier = request.app.state.courier
    return JSONResponse({"attempted": await courier.deliver_pending(given.get("order", "created"))})


async def deliver_again(request: Request) -> JSONResponse:
    """`{event}` or `{}` for all: queue events once more, as if Stripe repeated them."""
    given = await _body(request, "event")
    account = account_of(request)
    rows = account.store.rows("select id from objects where kind = 'event' order by sequence")
    events = [given["event"]] if "event" in given else [row["id"] for row in rows]
    return JSONResponse({"queued": redeliver(account, events)})


async def list_deliveries(request: Request) -> JSONResponse:
    """Every delivery and what came of it."""
    rows = request.app.state.store.rows("select * from deliveries order by id desc limit 1000")
    return JSONResponse({"items": [dict(row) for row in rows]})


async def change_behaviour(request: Request) -> JSONResponse:
    """`{behaviour}`: a saved card starts to decline, or recovers."""
    given = await _body(request, "behaviour")
    if given.get("behaviour") not in BEHAVIOURS:
        raise invalid(f"behaviour must be one of {', '.join(BEHAVIOURS)}", param="behaviour")
    account = account_of(request)
    method = account.require("payment_method", request.path_params["id"])
    account.store.hide(method["id"], behaviour=given["behaviour"])
    return JSONResponse({"id": method["id"], "behaviour": given["behaviour"]})


async def dispute_charge(request: Request) -> JSONResponse:
    """The owner of the card disputes a charge, now."""
    account = account_of(request)
    charge = account.require("charge", request.path_params["id"])
    with account.store.transaction():
        open_dispute(account, charge["id"])
    return JSONResponse({"charge": charge["id"]})


async def refuse_control(_request: Request, error: Exception) -> JSONResponse:
    """A refusal in Stripe's shape."""
    if not isinstance(error, StripeError):
        raise error
    return JSONResponse(error.body(), error.status)


_BASE = "/sandbox/control"

ROUTES = [
    Route(f"{_BASE}/state", read_state, methods=["GET"]),
    Route(f"{_BASE}/faults", turn_on_fault, methods=["POST"]),
    Route(f"{_BASE}/faults", clear_faults, methods=["DELETE"]),
    Route(f"{_BASE}/clock", advance, methods=["POST"]),
    Route(f"{_BASE}/deliveries", list_deliveries, methods=["GET"]),
    Route(f"{_BASE}/deliveries", steer_deliveries, methods=["POST"]),
    Route(f"{_BASE}/deliver", deliver_now, methods=["POST"]),
    Route(f"{_BASE}/redeliver", deliver_again, methods=["POST"]),
    Route(f"{_BASE}/payment_methods/{{id}}", change_behaviour, methods=["POST"]),
    Route(f"{_BASE}/charges/{{id}}/dispute", dispute_charge, methods=["POST"]),
]

"""The sandbox's own page: what it holds, what it told whom, and the switches that make it fail."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import faults, jobs
from sandbox.account import Account
from sandbox.cards import BEHAVIOURS
from sandbox.control import account_of
from sandbox.deliveries import delivery_mode, redeliver
from sandbox.errors import Json, invalid
from sandbox.pages import render

_SHOWN = 25
_KINDS = ("customer", "payment_method", "payment_intent", "charge", "refund", "dispute", "event")


async def show(request: Request) -> Response:
    """Everything, newest first."""
    account = account_of(request)
    rows = account.store.rows
    return render(
        "state.html",
        now=account.now(),
        lists={kind: _newest(account, kind) for kind in _KINDS},
        behaviours=list(BEHAVIOURS),
        behaviour_of={m["id"]: account.store.hidden(m["id"]) for m in _newest(account, "payment_method")},
        deliveries=rows("select * from deliveries order by id desc limit ?", _SHOWN),
        requests=rows("select * from requests order by id desc limit ?", _SHOWN),
        jobs=rows("select * from jobs order by due limit 25"),
        faults=faults.list_faults(account),
        fault_kinds=faults.KINDS,
        mode=delivery_mode(account.store),
    )


def _newest(account: Account, kind: str) -> list[Json]:
    rows = account.store.rows(
        "select body from objects where kind = ? order by sequence desc limit ?", kind, _SHOWN
    )
    return [body for row in rows if not (body := json.loads(row["body"])).get("deleted")]


async def show_object(request: Request) -> Response:
    """One object or event as JSON, to read."""
    account = account_of(request)
    resource = account.store.get(request.path_params["id"])
    if resource is None:
        return render("object.html", status=404, identifier=request.path_params["id"], text="There is none.")
    return render("object.html", identifier=resource["id"], text=json.dumps(resource, indent=2))


async def act(request: Request) -> Response:
    """One of the page's buttons was pressed."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    action = _ACTIONS.get(request.path_params["action"])
    if action is None:
        raise invalid("There is no such button.")
    action(account_of(request), form)
    return RedirectResponse("/sandbox", 303)


def _advance(account: Account, form: dict[str, str]) -> None:
    jobs.advance_clock(account, max(1, int(form["days"])) * 86_400)


def _turn_on(account: Account, form: dict[str, str]) -> None:
    if form["kind"] not in faults.KINDS:
        raise invalid("There is no such switch.")
    count = int(form["count"]) if form["count"] else None
    faults.add_fault(account, faults.Fault(form["kind"], count, form["method"], form["path"]))


def _clear(account: Account, _form: dict[str, str]) -> None:
    faults.clear_faults(account)


def _steer(account: Account, form: dict[str, str]) -> None:
    mode: dict[str, Any] = {
        "paused": "paused" in form,
        "shuffle": "shuffle" in form,
        "delay_seconds": int(form["delay_seconds"]),
        "repeat": max(1, int(form["repeat"])),
    }
    account.store.set_switch("deliveries", mode)


def _redeliver(account: Account, form: dict[str, str]) -> None:
    redeliver(account, [form["event"]])


def _behave(account: Account, form: dict[str, str]) -> None:
    if form["behaviour"] not in BEHAVIOURS:
        raise invalid("There is no such behaviour.")
    account.require("payment_method", form["payment_method"])
    account.store.hide(form["payment_method"], behaviour=form["behaviour"])


_ACTIONS = {
    "advance-clock": _advance,
    "turn-on-fault": _turn_on,
    "clear-faults": _clear,
    "steer-deliveries": _steer,
    "redeliver": _redeliver,
    "change-behaviour": _behave,
}

ROUTES = [
    Route("/sandbox", show, methods=["GET"]),
    Route("/sandbox/objects/{id}", show_object, methods=["GET"]),
    Route("/sandbox/actions/{action}", act, methods=["POST"]),
]

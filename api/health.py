"""Is it alive, is it ready, and if not, what is missing."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.security import public
from db import health

router = APIRouter(tags=["operations"])
_PATIENCE_SECONDS = 3.0


class Health(BaseModel):
    """The process answers."""

    status: str


class Readiness(BaseModel):
    """`ready`, `degraded` (Temporal is away: what needs it waits) or `not ready`: each part says `ok` or why not."""

    status: str
    not_ready: list[str]
    parts: dict[str, str]


@router.get("/healthz")
@public("says only that the process answers")
async def healthz() -> Health:
    """Alive: the process answers."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Readiness}})
@public("names parts and their state, no data")
async def readyz(request: Request, response: Response, *, whole: bool = False) -> Readiness:
    """Ready: database and newest schema; 503 names what is not, with `whole` also Temporal.

    Without Temporal the doors keep answering: a probe that takes them off the network would make its outage everybody's.
    """
    state = request.app.state
    checks: dict[str, Awaitable[str]] = {
        "database": health.reach(state.database),
        "migrations": health.migrations(state.database),
        "temporal": _temporal(request),
    }
    found = await asyncio.gather(*(_within_patience(check) for check in checks.values()))
    parts = dict(zip(checks, found, strict=True))
    missing = [name for name, answer in parts.items() if answer != "ok"]
    closed = bool(missing) and (whole or missing != ["temporal"])
    response.status_code = 503 if closed else 200
    status = "not ready" if closed else "degraded" if missing else "ready"
    return Readiness(status=status, not_ready=missing, parts=parts)


async def _within_patience(check: Awaitable[str]) -> str:
    """The check's answer, or that it took too long."""
    try:
        return await asyncio.wait_for(check, _PATIENCE_SECONDS)
    except TimeoutError:
        return f"no answer within {_PATIENCE_SECONDS:g} seconds"


async def _temporal(request: Request) -> str:
    """Whether Temporal answers."""
    connection = request.app.state.temporal_link
    return await connection.check()

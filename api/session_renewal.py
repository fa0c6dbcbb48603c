"""A session that goes on under a new token, whose answer may get lost.

Who clicks twice has the browser drop the first answer, and sends the second request with the cookie that was replaced.
So the new token is made from the old one, the installation's secret and the time: for ten to twenty seconds a repeated
request finds the session that the old token became, at doors marked `renews` only and with the old CSRF token.
Nothing is kept for it, and without the secret the old cookie says nothing about the new one.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from starlette.requests import Request

from db import sessions
from db.engine import Tx
from domain.user import SignedIn, token_hash

Endpoint = TypeVar("Endpoint", bound=Callable[..., object])
STEP_SECONDS = 10
_MARK = "__backoffice_renews__"


def renews(endpoint: Endpoint) -> Endpoint:
    """Marks a door that may renew the session: it also answers who comes with the token it has just replaced."""
    setattr(endpoint, _MARK, True)
    return endpoint


def may_renew(request: Request) -> bool:
    """Whether the request came to such a door."""
    return hasattr(request.scope.get("endpoint"), _MARK)


def step_at(now: datetime) -> int:
    """The count of steps until `now`; a token's successor is another one in every step."""
    return int(now.timestamp()) // STEP_SECONDS


def successor(token: str, *, pepper: str, step: int) -> str:
    """What follows a session's or a CSRF token when it is renewed in that step: 256 bits in URL-safe characters."""
    digest = hmac.digest(pepper.encode(), f"session renewal {step} {token}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Renewed:
    """The session that an old token became, the token that it goes on under, and the step in which it did."""

    signed_in: SignedIn
    token: str
    step: int


async def find_renewed(tx: Tx, *, token: str, pepper: str, now: datetime) -> Renewed | None:
    """What the session of an old token became in this step or the one before."""
    for step in (step_at(now), step_at(now) - 1):
        following = successor(token, pepper=pepper, step=step)
        found = await sessions.find(tx, token_hash=token_hash(following))
        if found is not None:
            return Renewed(found, following, step)
    return None

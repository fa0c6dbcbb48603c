"""The router every page file uses: only staff come in, and an act is done once however often it is sent.

A form that creates or moves something carries `{{ once() }}` and its route `dependencies=[OncePerForm]`: a
second sending of the same form changes nothing and leads to where the first one led.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.routing import Route
from api.security import HouseTransaction, authenticate, needs
from db import idempotency
from db.engine import Tx
from domain.errors import Invalid

ONCE_FIELD = "once"


class DoneBefore(Exception):
    """The same form was sent before; carries where it led."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self.to = to


@dataclass(frozen=True, slots=True)
class _Claim:
    """A form sent for the first time."""

    tx: Tx
    scope: str
    key: str
    input_hash: bytes

    async def keep(self, response: Response) -> None:
        """Remembers where the act led; a refused one may be sent again."""
        to = response.headers.get("hx-redirect") or response.headers.get("location")
        if to is not None:
            facts = {"scope": self.scope, "key": self.key, "input_hash": self.input_hash}
            answer = idempotency.Answer(303, to)
            await idempotency.keep(self.tx, **facts, answer=answer, now=datetime.now(UTC))


async def _once(request: Request, tx: HouseTransaction) -> None:
    """Claims the form in the act's own transaction.

    Raises:
        DoneBefore: it was sent before.
    """
    form = await request.form()
    key = form.get(ONCE_FIELD, "")
    if not isinstance(key, str) or not 1 <= len(key) <= 100:
        raise Invalid("This form is out of date; reload the page and try again")
    principal = await authenticate(request)
    scope = f"{principal.kind}:{principal.id} {request.url.path}"
    content = repr([(name, value) for name, value in form.multi_items() if name != "csrf_token"])
    digest = hashlib.sha256(content.encode()).digest()
    known = await idempotency.claim(tx, scope=scope, key=key, input_hash=digest)
    if known is not None:
        raise DoneBefore(known.body)
    request.state.page_claim = _Claim(tx, scope, key, digest)


OncePerForm = Depends(_once)


class PageRoute(Route):
    """A route of the console; keeps where a claimed form led."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the keeping after it."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            await _refuse_nul_in_form(request)
            _drop_blank_filters(request)
            response = await answer(request)
            claim = cast("_Claim | None", getattr(request.state, "page_claim", None))
            if claim is not None:
                await claim.keep(response)
            return response

        return handler


async def _refuse_nul_in_form(request: Request) -> None:
    """Refuses the one character that no text column can hold.

    Raises:
        Invalid: a field contains it.
    """
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = await request.body()
        if b"%00" in body or b"\x00" in body:
            raise Invalid("A field contains a NUL character; remove it")


def _drop_blank_filters(request: Request) -> None:
    """A filter left blank asks for nothing; a browser's form sends it all the same."""
    kept = [pair for pair in request.scope["query_string"].split(b"&") if not pair.endswith(b"=")]
    request.scope["query_string"] = b"&".join(kept)


def new_pages(prefix: str = "") -> APIRouter:
    """The router of one noun's pages below `/console`; everything in it needs `console:view`."""
    return _new(f"/console{prefix}", "console:view")


def new_portal(prefix: str = "") -> APIRouter:
    """The router of one noun's pages below `/portal`; everything in it needs `portal:view`."""
    return _new(f"/portal{prefix}", "portal:view")


def new_account(prefix: str = "") -> APIRouter:
    """The router of pages below `/account`, for whoever is signed in; everything needs `sessions:own`."""
    return _new(f"/account{prefix}", "sessions:own")


def new_open_pages(prefix: str = "") -> APIRouter:
    """The router of pages that people reach before they have signed in; every route says `@public` why."""
    return _new(prefix)


def _new(prefix: str, *permissions: str) -> APIRouter:
    needed = [Depends(needs(permission)) for permission in permissions]
    return APIRouter(prefix=prefix, include_in_schema=False, route_class=PageRoute, dependencies=needed)

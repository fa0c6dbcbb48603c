"""The router every file of routes uses: refuses what no text column can hold, and keeps idempotent answers.

A creating route only declares `dependencies=[Once]` (`HouseOnce` beside a HouseTransaction). The first answer
with a key is kept in its effect's transaction; the same key and request get the same answer, another request
with that key is a conflict. `HouseOnceSealed` is for answers that carry a secret: they are kept encrypted.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import structlog
from fastapi import APIRouter, Depends, Header, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.security import (
    TRANSACTIONS,
    HouseTransaction,
    Needs,
    Transaction,
    authenticate,
    identities_of,
    there,
)
from db import clashes, idempotency
from db.engine import Tx
from domain.errors import Invalid
from gateways.sealing import Seal

log = structlog.get_logger(__name__)
KEY_HEADER = "Idempotency-Key"
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# A NUL written as \u0000 (the backslash itself not escaped): PostgreSQL's text cannot hold it.
_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Replayed(Exception):
    """The request was answered before; carries that answer."""

    def __init__(self, answer: idempotency.Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Claim:
    """A first request whose answer is to be kept."""

    tx: Tx
    scope: str
    key: str
    input_hash: bytes
    seal: Seal | None

    async def keep(self, response: Response) -> None:
        """Keeps a successful answer; a refused request may be repeated with the same key."""
        if response.status_code < 300:
            body = bytes(response.body).decode()
            kept = body if self.seal is None else self.seal.close(body, place=f"{self.scope} {self.key}")
            answer = idempotency.Answer(response.status_code, kept)
            facts = {"scope": self.scope, "key": self.key, "input_hash": self.input_hash}
            await idempotency.keep(self.tx, **facts, answer=answer, now=datetime.now(UTC))


Key = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        min_length=1,
        max_length=200,
        description="Repeat a request safely: the same key and body get the same answer",
    ),
]


async def _once(request: Request, tx: Transaction, key: Key = None) -> None:
    """Claims the key of a request that carries one."""
    await _claim(request, tx, key)


async def _once_in_house(request: Request, tx: HouseTransaction, key: Key = None) -> None:
    """The same for a route that takes the house's transaction."""
    await _claim(request, tx, key)


async def _once_sealed(request: Request, tx: HouseTransaction, key: Key = None) -> None:
    """The same for an answer that carries a secret."""
    await _claim(request, tx, key, Seal(identities_of(request).pepper, purpose="kept answers"))


async def _claim(request: Request, tx: Tx, key: str | None, seal: Seal | None = None) -> None:
    """Finds the answer given before, or remembers to keep this one.

    Raises:
        Replayed: it was answered before.
    """
    if key is None:
        return
    principal = await authenticate(request)
    scope = f"{principal.kind}:{principal.id} {request.method} {request.url.path}"
    digest = hashlib.sha256(request.url.query.encode() + b"\n" + await request.body()).digest()
    known = await idempotency.claim(tx, scope=scope, key=key, input_hash=digest)
    if known is not None and seal is not None:
        known = replace(known, body=seal.open(known.body, place=f"{scope} {key}"))
    if known is not None:
        raise Replayed(known)
    request.state.claim = _Claim(tx, scope, key, digest, seal)


Once = Depends(_once)
HouseOnce = Depends(_once_in_house)
HouseOnceSealed = Depends(_once_sealed)


class Route(APIRoute):
    """A route that asks for its permission before anything else, and keeps an answer whose key was claimed."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        before = self._before_all()
        if before:  # known only now that the signature was read; what is asked first has to be read before it
            options["dependencies"] = [*before, *self.dependencies]
            super().__init__(path, endpoint, **options)

    def _before_all(self) -> list[params.Depends]:
        """What is asked first: the permission, then whether the organization that is written to is there."""
        gates = [inner.call for inner in self.dependant.dependencies if isinstance(inner.call, Needs)]
        asks = _WRITING & set(self.methods or ()) and not _transacts(self.dependant)
        standing = [Depends(there)] if asks else []
        return [*(Depends(gate) for gate in gates), *standing]

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the checks before it and the keeping after it."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            await _refuse_nul(request)
            try:
                response = await answer(request)
            except Replayed as replayed:
                known = replayed.answer
                headers = {"Idempotent-Replayed": "true"}
                return Response(known.body, known.status, headers, media_type="application/json")
            except clashes.Clash as clash:
                _refuse_second(clash)
                raise
            claim = cast("_Claim | None", getattr(request.state, "claim", None))
            if claim is not None:
                await claim.keep(response)
            return response

        return handler


def _transacts(dependant: Dependant) -> bool:
    """Whether a route is given a transaction, which asks by itself whether its organization is there."""
    return any(inner.call in TRANSACTIONS or _transacts(inner) for inner in dependant.dependencies)


def new_router(*, prefix: str = "", tag: str) -> APIRouter:
    """A router for one noun."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=Route)


def _refuse_second(clash: clashes.Clash) -> None:
    """Tells whoever did the same a moment too late what they would have been told a moment later.

    Raises:
        Refusal: the rule's own.
    """
    refusal = clashes.refusal_of(clash)
    if refusal is not None:
        log.warning("two at the same moment", detail=refusal.detail, refused_by=clashes.constraint_of(clash))
        raise refusal from clash


async def _refuse_nul(request: Request) -> None:
    """Refuses the one character that no text may have, wherever it hides.

    Raises:
        Invalid: with the place.
    """
    if "\x00" in request.url.path or b"%00" in request.scope["query_string"]:
        raise Invalid("The address contains a NUL character; remove it")
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.body()
        if b"\\u0000" in body and _NUL_IN_JSON.search(body):
            raise Invalid("The body contains a NUL character (\\u0000); remove it")

"""Who is behind a key or a session cookie; keys are remembered for seconds, so ingestion need not ask again.

The database tells every process of a revoked key, and it is forgotten at once; were that not heard, within
`REMEMBERED_SECONDS`. Uses are noted together, off the hot path.
"""

import os
import time
from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

import structlog
from starlette.requests import Request

from api.cookies import SESSION_COOKIE, read_cookie
from api.origins import SAFE_METHODS, refuse_foreign
from api.session_renewal import find_renewed, may_renew, successor
from db import api_keys, key_news, sessions
from db.engine import Database, Tx
from domain.api_key import ApiKey
from domain.key_form import checked, keyed_hash
from domain.principal import CsrfRefused, Principal, Unauthenticated
from domain.user import SignedIn, token_hash

REMEMBERED_SECONDS = 4.0
MOST_REMEMBERED = 20_000
CSRF_HEADER = "X-CSRF-Token"

log = structlog.get_logger(__name__)


class Identities:
    """Recognizes requests; one for each application."""

    def __init__(self, database: Database, pepper: str) -> None:
        self.database = database
        self.pepper = pepper
        # Keys are remembered under a hash with a secret of this process: it takes a tenth of checking and hashing them
        # as they are stored, and what a dump of the memory shows of them opens nothing.
        self._mark = os.urandom(32)
        self._remembered: dict[bytes, tuple[ApiKey, Principal, float]] = {}
        self._forgotten = 0
        self._used: dict[UUID, str] = {}

    async def recognize(self, request: Request) -> Principal:
        """Whoever sends the request.

        Raises:
            Unauthenticated: no key and no session, or a wrong or ended one.
            CsrfRefused: a change by session without its token.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            address = request.client.host if request.client else ""
            return await self.holder_of(secret.strip(), request.headers.get("origin", ""), address)
        if scheme:
            raise Unauthenticated("Authorization: use Bearer and an API key")
        return (await self.signed_in(request)).principal()

    async def holder_of(self, secret: str, origin: str = "", address: str = "") -> Principal:
        """Whoever holds an API key, used from a page of `origin` (empty: from no page) at an `address`.

        Raises:
            Unauthenticated: it is not a key, or no longer one.
            OriginRefused: a publishable key, used from another page than those that it names.
        """
        seen = blake2b(secret.encode(), key=self._mark, digest_size=32).digest()
        known = self._remembered.get(seen)
        if known is None or known[2] < time.monotonic():
            known = await self._look_up(seen, keyed_hash(checked(secret), self.pepper))
        key, principal, _ = known
        key.require_origin(origin)
        self._used[key.id] = address
        return principal

    async def _look_up(self, seen: bytes, digest: bytes) -> tuple[ApiKey, Principal, float]:
        """Asks the database, and remembers a working key unless news of keys came meanwhile."""
        forgotten = self._forgotten
        async with self.database.begin() as tx:
            known = await api_keys.find_by_hash(tx, key_hash=digest)
        if known is None or not known[0].works(datetime.now(UTC)):
            self._remembered.pop(seen, None)
            raise Unauthenticated("The API key does not work: it is unknown, expired or revoked")
        key, interruption = known
        until = time.monotonic() + min(REMEMBERED_SECONDS, key.seconds_left(datetime.now(UTC)))
        found = (key, key.principal(interruption=interruption), until)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        if forgotten == self._forgotten:
            self._remembered[seen] = found
        return found

    async def signed_in(self, request: Request) -> SignedIn:
        """The living session of the request's cookie; a change must carry its CSRF token.

        Raises:
            Unauthenticated: there is none.
            CsrfRefused: the token is missing or another session's, or another site sent the change.
        """
        refuse_foreign(request)
        now = datetime.now(UTC)
        token = read_cookie(request, SESSION_COOKIE)
        if not token:
            raise Unauthenticated("Send an API key as 'Authorization: Bearer …', or sign in")
        async with self.database.begin() as tx:
            found, step = await self._found(tx, request, token, now)
            if not found.session.lives(now):
                raise Unauthenticated("The session has ended; sign in again")
            if (now - found.session.seen_at).total_seconds() > 60:
                await sessions.touch(tx, token_hash=found.session.token_hash, now=now)
        if request.method not in SAFE_METHODS:
            given = await _csrf_given(request)
            known = given if step is None else successor(given, pepper=self.pepper, step=step)
            if not found.session.csrf_matches(known):
                raise CsrfRefused(f"Send the session's token in {CSRF_HEADER} (or in the form's csrf_token)")
        request.state.signed_in = found
        return found

    async def _found(
        self, tx: Tx, request: Request, token: str, now: datetime
    ) -> tuple[SignedIn, int | None]:
        """The token's session; where sessions are renewed also what it became a moment ago, and in which step.

        Raises:
            Unauthenticated: there is none.
        """
        request.state.session_token = token
        found = await sessions.find(tx, token_hash=token_hash(token))
        if found is not None:
            return found, None
        if may_renew(request):
            renewed = await find_renewed(tx, token=token, pepper=self.pepper, now=now)
            if renewed is not None:
                request.state.session_token = renewed.token
                return renewed.signed_in, renewed.step
        raise Unauthenticated("The session has ended; sign in again")

    async def note_uses(self) -> None:
        """Writes down which keys were used since the last time, and from where."""
        used = self._used.copy()
        self._used.clear()
        if used:
            async with self.database.begin() as tx:
                await api_keys.note_uses(tx, addresses=used, now=datetime.now(UTC))

    def forget(self) -> None:
        """Forgets every remembered key, so that a change holds at once."""
        self._forgotten += 1
        self._remembered.clear()

    async def follow_news(self) -> None:
        """Forgets whenever the database tells of a change, whichever process made it; until cancelled."""
        await key_news.follow(self.database, self.forget)


async def _csrf_given(request: Request) -> str:
    """The token a request carries: the header's, else a form's field."""
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        return header
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    given = (await request.form()).get("csrf_token", "")
    return given if isinstance(given, str) else ""

"""Who is behind a key or a session cookie; keys are remembered for seconds, so ingestion need not ask again.

A revoked key stops working within `REMEMBERED_SECONDS`. Uses are noted together, off the hot path.
"""

import time
from datetime import UTC, datetime
from uuid import UUID

import structlog
from starlette.requests import Request

from db import api_keys, sessions
from db.engine import Database
from domain.api_key import checked, keyed_hash
from domain.principal import CsrfRefused, Principal, Unauthenticated
from domain.user import SignedIn, token_hash

REMEMBERED_SECONDS = 4.0
MOST_REMEMBERED = 20_000
SESSION_COOKIE = "backoffice_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

log = structlog.get_logger(__name__)


class Identities:
    """Recognizes requests; one for each application."""

    def __init__(self, database: Database, pepper: str) -> None:
        self.database = database
        self.pepper = pepper
        self._remembered: dict[bytes, tuple[Principal, float]] = {}
        self._used: set[UUID] = set()

    async def recognize(self, request: Request) -> Principal:
        """Whoever sends the request.

        Raises:
            Unauthenticated: no key and no session, or a wrong or ended one.
            CsrfRefused: a change by session without its token.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self.holder_of(secret.strip())
        if scheme:
            raise Unauthenticated("Authorization: use Bearer and an API key")
        return (await self.signed_in(request)).principal()

    async def holder_of(self, secret: str) -> Principal:
        """Whoever holds an API key.

        Raises:
            Unauthenticated: it is not a key, or no longer one.
        """
        digest = keyed_hash(checked(secret), self.pepper)
        found, until = self._remembered.get(digest, (None, 0.0))
        if found is None or until < time.monotonic():
            found = await self._look_up(digest)
        self._used.add(found.id)
        return found

    async def _look_up(self, digest: bytes) -> Principal:
        """Asks the database, and remembers a working key."""
        async with self.database.begin() as tx:
            known = await api_keys.find_by_hash(tx, key_hash=digest)
        if known is None or not known[0].works(datetime.now(UTC)):
            self._remembered.pop(digest, None)
            raise Unauthenticated("The API key does not work: it is unknown, expired or revoked")
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        key, suspended = known
        principal = key.principal(suspended=suspended)
        self._remembered[digest] = (principal, time.monotonic() + REMEMBERED_SECONDS)
        return principal

    async def signed_in(self, request: Request) -> SignedIn:
        """The living session of the request's cookie; a change must carry its CSRF token.

        Raises:
            Unauthenticated: there is none.
            CsrfRefused: the token is missing or another session's.
        """
        now = datetime.now(UTC)
        token = request.cookies.get(SESSION_COOKIE)
        if not token:
            raise Unauthenticated("Send an API key as 'Authorization: Bearer …', or sign in")
        async with self.database.begin() as tx:
            found = await sessions.find(tx, token_hash=token_hash(token))
            if found is None or not found.session.lives(now):
                raise Unauthenticated("The session has ended; sign in again")
            if (now - found.session.seen_at).total_seconds() > 60:
                await sessions.touch(tx, token_hash=found.session.token_hash, now=now)
        if request.method not in SAFE_METHODS and not found.session.csrf_matches(await _csrf_given(request)):
            raise CsrfRefused(f"Send the session's token in {CSRF_HEADER} (or in the form's csrf_token)")
        request.state.signed_in = found
        return found

    async def note_uses(self) -> None:
        """Writes down which keys were used since the last time."""
        used, self._used = self._used, set()
        if used:
            async with self.database.begin() as tx:
                await api_keys.note_use(tx, key_ids=used, now=datetime.now(UTC))

    def forget(self) -> None:
        """Forgets every remembered key, so that a change made here holds at once."""
        self._remembered.clear()


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

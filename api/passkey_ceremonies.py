"""What every use of a passkey has in common: a challenge that works once, and a signature that fits it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.requests import Request

from api.guessing import answer_question, count_question
from db import passkeys
from db.engine import Tx
from domain.passkey import CHALLENGE_LASTS, Challenge, Passkey, Purpose
from domain.principal import Unauthenticated
from domain.user import new_token, token_hash
from gateways.errors import Refused
from gateways.passkeys import RelyingParty, credential_named, handle_named, signed
from gateways.settings import Settings

_REFUSED = "The passkey was not accepted. Try again, or sign in another way"


class Asked(BaseModel):
    """What the browser is to sign: `public_key` goes to navigator.credentials, `challenge_id` comes back."""

    challenge_id: str
    public_key: dict[str, Any]


class Answered(BaseModel):
    """What the browser signed."""

    challenge_id: str = Field(max_length=100)
    credential: dict[str, Any] = Field(description="The credential's toJSON()")


def site_of(request: Request) -> RelyingParty:
    """The site that passkeys belong to: the public address, or `localhost` on a development machine."""
    settings: Settings = request.app.state.settings
    host = request.headers.get("host", "")
    if not settings.strict and host.partition(":")[0] == "localhost":
        return RelyingParty("localhost", f"http://{host}")
    parts = urlsplit(settings.public_url)
    return RelyingParty(parts.hostname or "", f"{parts.scheme}://{parts.netloc.removesuffix(':443')}")


async def remember(
    tx: Tx, request: Request, *, purpose: Purpose, user_id: UUID | None, challenge: bytes
) -> str:
    """Keeps a challenge; gives the name under which the browser answers it.

    Raises:
        TooManyAttempts: asked for too often: from this network, or by who is signed in.
    """
    about = user_id.hex if user_id is not None and purpose != "sign_in" else ""
    await count_question(tx, request, purpose="passkey", about=about)
    site, name, now = site_of(request), new_token(), datetime.now(UTC)
    kept = Challenge(
        purpose=purpose,
        user_id=user_id,
        challenge=challenge,
        relying_party=site.id,
        origin=site.origin,
        expires_at=now + CHALLENGE_LASTS,
    )
    await passkeys.keep_challenge(tx, kept, id_hash=token_hash(name), now=now)
    return name


async def take(tx: Tx, name: str, *, purpose: Purpose) -> Challenge:
    """The challenge of that name; in a transaction that commits whatever is found, so that it works once.

    Raises:
        Unauthenticated: there is none, it was answered before, it is too old, or it was for something else.
    """
    found = await passkeys.take_challenge(tx, id_hash=token_hash(name), now=datetime.now(UTC))
    if found is None or found.purpose != purpose:
        raise Unauthenticated("That took too long, or was sent twice. Try again")
    return found


async def proved(tx: Tx, request: Request, answer: Answered, challenge: Challenge) -> Passkey:
    """The passkey that signed, its counter noted; its question is not counted any more.

    Raises:
        Unauthenticated: it is unknown, somebody else's, or what it signed does not fit.
    """
    try:
        known = await passkeys.lock_credential(tx, credential_id=credential_named(answer.credential))
        if known is None or not _belongs(known, challenge, handle_named(answer.credential)):
            raise Unauthenticated(_REFUSED)
        found = signed(
            RelyingParty(challenge.relying_party, challenge.origin),
            answer.credential,
            challenge=challenge.challenge,
            public_key=known.public_key,
            sign_count=known.sign_count,
        )
    except Refused as refused:
        raise Unauthenticated(_REFUSED) from refused
    now = datetime.now(UTC)
    await passkeys.note_use(
        tx, passkey_id=known.id, sign_count=found.sign_count, backed_up=found.backed_up, now=now
    )
    about = known.user_id.hex if challenge.purpose != "sign_in" else ""
    await answer_question(tx, request, purpose="passkey", about=about)
    return known


def _belongs(known: Passkey, challenge: Challenge, handle: bytes) -> bool:
    """Whether the passkey is that of whoever was asked, and of whom the device says it is."""
    asked = challenge.user_id in (None, known.user_id)
    named = handle == known.user_id.bytes or (not handle and challenge.user_id is not None)
    return asked and named

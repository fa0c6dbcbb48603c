"""What a person can prove themselves by beside the password, and the checking of its codes."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from starlette.requests import Request

from api.account_letters import write_change
from api.security import identities_of
from db import authenticators, passkeys
from db.engine import Tx
from domain.second_factor import SecondFactor, code_spelled, is_totp
from domain.user import User
from gateways import totp
from gateways.sealing import Seal

Used = Literal["recovery_code_used", "recovery_code_confirmed"]


async def methods_of(tx: Tx, *, user_id: UUID) -> tuple[SecondFactor, ...]:
    """The ways in which the person can give a second factor; none when they have set none up."""
    app = await authenticators.find(tx, user_id=user_id)
    if app is None or app.confirmed_at is None:
        return ()
    passkey: tuple[SecondFactor, ...] = ("passkey",) if await passkeys.any_of(tx, user_id=user_id) else ()
    return ("totp", "recovery_code", *passkey)


async def code_is_right(tx: Tx, request: Request, user: User, code: str, *, used: Used) -> bool:
    """Whether it is a code of the person's app or a recovery code; uses it up.

    The person is told of a recovery code, and by `used` for what.
    """
    spelled = code_spelled(code)
    if is_totp(spelled):
        return await _app_code_is_right(tx, request, user, spelled)
    hashed = recovery_hash(request, user.id, spelled)
    now = datetime.now(UTC)
    if not await authenticators.take_code(tx, user_id=user.id, code_hash=hashed, now=now):
        return False
    left = await authenticators.count_codes(tx, user_id=user.id)
    await write_change(tx, request, user, used, detail=f"{left} recovery codes are left")
    return True


async def _app_code_is_right(tx: Tx, request: Request, user: User, code: str) -> bool:
    """The same for a confirmed app's code."""
    app = await authenticators.find(tx, user_id=user.id)
    if app is None or app.confirmed_at is None:
        return False
    return await app_takes(tx, request, app, code)


async def app_takes(tx: Tx, request: Request, app: authenticators.Authenticator, code: str) -> bool:
    """Whether the app shows this code now, or half a minute away; each code is taken once."""
    secret = sealed_for(request).opened(app.sealed_secret, place=secret_place(app.user_id))
    step = None if secret is None else totp.step_of(secret, code_spelled(code), datetime.now(UTC))
    return step is not None and await authenticators.take_step(tx, user_id=app.user_id, step=step)


def recovery_hash(request: Request, user_id: UUID, code: str) -> bytes:
    """What is stored of a recovery code."""
    pepper = identities_of(request).pepper
    text = f"recovery code\n{user_id.hex}\n{code_spelled(code)}"
    return hmac.digest(pepper.encode(), text.encode(), hashlib.sha256)


def sealed_for(request: Request) -> Seal:
    """Seals the secrets of authenticator apps."""
    return Seal(identities_of(request).pepper, purpose="authenticators")


def secret_place(user_id: UUID) -> str:
    """What an app's secret is sealed for: it opens for its person only."""
    return f"authenticator of {user_id.hex}"

"""The second step of signing in: a code, or whatever else proves the person, opens the session that was asked for."""

from starlette.requests import Request

from api.challenges import answered, challenge_of
from api.guessing import address_of, answer_question, attempt_at, network_of
from api.request_id import request_id_of
from api.second_factors import code_is_right
from api.security import database_of
from api.signing_in import Opened, open_session
from db import audit, users
from db.challenges import Challenge
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.ids import show
from domain.principal import Unauthenticated
from domain.user import User

_WRONG = "This code is not right, or was used before"


async def pass_by_code(request: Request, *, token: str, code: str) -> Opened:
    """Opens the session by a code of the app, or a recovery code.

    Raises:
        ChallengeEnded: the first step is too long ago.
        Unauthenticated: the code is wrong or was used.
        TooManyAttempts: too many wrong ones; wait.
    """
    async with database_of(request).begin() as tx:
        asked = await challenge_of(tx, token)
        user = await users.get(tx, user_id=asked.user_id)
        attempt = await attempt_at(tx, request, purpose="code", email=user.email)
    async with database_of(request).begin() as tx:
        if await code_is_right(tx, request, user, code, used="recovery_code_used"):
            await attempt.succeeded(tx)
            return await pass_step(tx, request, asked, user)
        await _note_failure(tx, request, user)
    raise Unauthenticated(_WRONG)


async def pass_step(tx: Tx, request: Request, asked: Challenge, user: User) -> Opened:
    """The session of somebody who has given a second factor; the question is answered with it.

    Raises:
        ChallengeEnded: it was answered before.
    """
    await answered(tx, asked)
    about = f"{user.id.hex} {network_of(request)}"
    await answer_question(tx, request, purpose="second factor", about=about)
    return await open_session(tx, request, user, method=asked.method)


async def _note_failure(tx: Tx, request: Request, user: User) -> None:
    """Writes a wrong code down."""
    actor = Actor("system", "sign-in", "Sign-in", address_of(request), request_id_of(request.scope))
    entry = Entry("session.refused", "user", show("usr", user.id), None, None, {"reason": "wrong code"})
    await audit.append(tx, [entry], actor=actor)

"""The question for a second factor: asked of who passed the first step, answered once within ten minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from api.cookies import drop_cookie, read_cookie, write_cookie
from db import challenges
from db.challenges import Challenge
from db.engine import Tx
from domain.second_factor import CHALLENGE_LASTS, ChallengeEnded, SecondFactor
from domain.user import SignInMethod, User, new_token, token_hash

_COOKIE = "backoffice_challenge"


@dataclass(frozen=True, slots=True)
class Challenged:
    """Who has the `token` may answer by one of the `methods`; there is no session before."""

    token: str
    methods: tuple[SecondFactor, ...]

    def hand_over(self, request: Request, response: Response) -> None:
        """Has the browser hold the question while the page asks it."""
        seconds = int(CHALLENGE_LASTS.total_seconds())
        write_cookie(request, response, _COOKIE, self.token, seconds=seconds)


async def challenge(
    tx: Tx, user: User, *, method: SignInMethod, methods: tuple[SecondFactor, ...]
) -> Challenged:
    """Asks somebody who passed the first step by `method`."""
    now, token = datetime.now(UTC), new_token()
    ends = now + CHALLENGE_LASTS
    made = Challenge(
        token_hash=token_hash(token), user_id=user.id, method=method, created_at=now, expires_at=ends
    )
    await challenges.insert_one(tx, made)
    return Challenged(token, methods)


async def challenge_of(tx: Tx, token: str) -> Challenge:
    """The question behind a token.

    Raises:
        ChallengeEnded: there is none, it was answered, or it is too old.
    """
    found = await challenges.find(tx, token_hash=token_hash(token), now=datetime.now(UTC))
    if found is None:
        raise ChallengeEnded("Signing in took too long; begin again")
    return found


async def answered(tx: Tx, asked: Challenge) -> None:
    """Ends the question, so that one answer opens one session.

    Raises:
        ChallengeEnded: another answer came first.
    """
    if not await challenges.take(tx, token_hash=asked.token_hash):
        raise ChallengeEnded("Signing in took too long; begin again")


def held_challenge(request: Request) -> str:
    """The token that the browser holds, or nothing."""
    return read_cookie(request, _COOKIE)


def drop_challenge(request: Request, response: Response) -> None:
    """The browser need not hold it any more."""
    drop_cookie(request, response, _COOKIE)

"""Acts that ask for a proof first: a stolen session may look around, but not do what cannot be undone.

A route says `dependencies=[Recent]` (or `Depends(recently_proved(minutes=5))`). Pages lead to
`/sign-in/confirm?next=…`, where password, authenticator or passkey proves again; programs get the code
`reauthenticate` and do the same at `POST /v1/sessions/current/confirm`. An API key passes: whether keys may do
the act at all is said by its permission.
"""

from datetime import UTC, datetime, timedelta

from fastapi import Depends
from starlette.requests import Request

from api.security import authenticate
from domain.principal import Principal, Reauthenticate
from domain.user import SignedIn


class RecentlyProved:
    """A dependency that lets only those through who proved who they are a short while ago."""

    def __init__(self, lasts: timedelta) -> None:
        self.lasts = lasts

    async def __call__(self, request: Request) -> Principal:
        """The principal.

        Raises:
            Unauthenticated: nobody could be recognized.
            Reauthenticate: the session's last proof is too old.
        """
        principal = await authenticate(request)
        require_fresh_proof(request, principal, lasts=self.lasts)
        return principal


def require_recent(request: Request, *, lasts: timedelta = timedelta(minutes=15)) -> None:
    """Refuses a session whose last proof is older than `lasts`; for acts that need one only sometimes.

    Raises:
        Reauthenticate: it is.
    """
    signed_in: SignedIn = request.state.signed_in
    if datetime.now(UTC) - signed_in.session.proved_at > lasts:
        raise Reauthenticate("Confirm that it is you: this act needs your password or second factor again")


def require_fresh_proof(
    request: Request, principal: Principal, *, lasts: timedelta = timedelta(minutes=15)
) -> None:
    """The same for whoever asks: an API key has no session, and passes.

    Raises:
        Reauthenticate: the session's last proof is too old.
    """
    if principal.session is not None:
        require_recent(request, lasts=lasts)


def recently_proved(minutes: int = 15) -> RecentlyProved:
    """The dependency for an act that needs a proof of the last so many minutes."""
    return RecentlyProved(timedelta(minutes=minutes))


Recent = Depends(recently_proved())

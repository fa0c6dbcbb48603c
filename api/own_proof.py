"""Acts on the account itself: an organization's provider may open a session there, but not change what opens all others.

A person can belong to several organizations. Whoever runs the provider of one could otherwise add a passkey in the
person's name, come back with it, and speak for the rest. So a session that a provider has opened is asked for the
person's own proof first (password, code or passkey); who has none of these has nothing else to protect either.
"""

from fastapi import Depends
from starlette.requests import Request

from api.confirming import ways_of
from api.security import authenticate, database_of
from domain.principal import Reauthenticate
from domain.user import SignedIn


async def require_own_proof(request: Request) -> None:
    """Refuses a session that nothing but a provider vouches for, of a person who can prove themselves.

    Raises:
        Unauthenticated: nobody could be recognized.
        Reauthenticate: the person has a password, a second factor or a passkey, and has not used it in this session.
    """
    principal = await authenticate(request)
    if principal.session is None:
        return
    signed_in: SignedIn = request.state.signed_in
    if not signed_in.session.vouched_for_only:
        return
    async with database_of(request).begin() as tx:
        ways = await ways_of(tx, principal)
    if ways.any:
        raise Reauthenticate(
            "Confirm that it is you: your organization's provider opened this session, and does not speak for "
            "your account elsewhere"
        )


OwnProof = Depends(require_own_proof)

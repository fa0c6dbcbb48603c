"""The letters of a change of e-mail address: one to each address, and one to whoever has the wanted one already."""

from urllib.parse import quote

from fastapi import Request

from api.account_letters import correspondents, post, public_url
from api.security import database_of
from db import users
from db.email_changes import EmailChange
from db.engine import Tx
from domain.ids import show
from domain.letters import AccountExists, EmailChangeAsked, EmailConfirmation
from domain.letters.accounts import Wanted
from domain.mail import READERS_LINK
from domain.user import User


async def send_link(request: Request, change: EmailChange, token: str) -> None:
    """Queues the letter to the wanted address; after the answer, so that its time does not tell whether it is taken."""
    async with database_of(request).begin() as tx:
        user = await users.get(tx, user_id=change.user_id)
        if await users.find_credentials(tx, email=change.email) is None:
            await _ask_new(tx, request, user, change, token)
        else:
            key = f"account_exists:{token[:16]}"
            await tell_account_exists(tx, request, change.email, wanted="other_account", key=key)


async def ask_old(tx: Tx, request: Request, change: EmailChange, token: str) -> None:
    """Queues the letter to the present address, in the transaction of the change: its owner hears of it in any case."""
    user = await users.get(tx, user_id=change.user_id)
    facts = EmailChangeAsked(
        who=correspondents(request, user.name or user.email),
        email=user.email,
        new_email=change.email,
        link=READERS_LINK,
        expires_at=change.expires_at,
    )
    key = f"email_change:{show('usr', user.id)}:{change.old_token_hash.hex()[:16]}"
    await post(
        tx,
        request,
        kind="email_change_asked",
        facts=facts,
        to=user.email,
        key=key,
        link=_link(request, token),
    )


async def _ask_new(tx: Tx, request: Request, user: User, change: EmailChange, token: str) -> None:
    """The letter to the wanted address."""
    who = correspondents(request, user.name or change.email)
    facts = EmailConfirmation(who=who, email=change.email, link=READERS_LINK, expires_at=change.expires_at)
    key = f"email_change:{show('usr', user.id)}:{change.new_token_hash.hex()[:16]}"
    await post(
        tx,
        request,
        kind="email_confirmation",
        facts=facts,
        to=change.email,
        key=key,
        link=_link(request, token),
    )


async def tell_account_exists(tx: Tx, request: Request, email: str, *, wanted: Wanted, key: str) -> None:
    """Tells the owner of an account that somebody wanted its address, and what for."""
    home = public_url(request)
    facts = AccountExists(
        who=correspondents(request, email),
        email=email,
        wanted=wanted,
        sign_in_url=f"{home}/sign-in",
        reset_url=f"{home}/password/forgot",
    )
    await post(tx, request, kind="account_exists", facts=facts, to=email, key=key)


def _link(request: Request, token: str) -> str:
    return f"{public_url(request)}/email/change?token={quote(token)}"

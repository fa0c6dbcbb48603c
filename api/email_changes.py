"""Another e-mail address: asked for by its person, confirmed at both addresses, cancelled at either.

Whether the new address has an account already is told to nobody but its owner: the asking answers the same, and
the letter to that address says that somebody wanted it.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import BackgroundTasks, Depends, Request
from pydantic import BaseModel, Field

from api.account_letters import write_change
from api.email_change_letters import ask_old, send_link
from api.guessing import within
from api.origins import OwnSite
from api.own_proof import OwnProof
from api.recent import Recent
from api.routing import new_router
from api.security import HouseTransaction, Principal, actor_of, database_of, needs, public
from api.signing_in import person_of
from db import audit, email_changes, password_resets, sessions, users
from db.email_changes import EmailChange
from db.engine import Tx
from domain.audit import Entry
from domain.email import email_spelled
from domain.errors import Invalid
from domain.guessing import LETTERS, TooManyAttempts
from domain.ids import show
from domain.secret_link import EMAIL_CHANGE_LASTS, link_ended
from domain.user import new_token, token_hash

router = new_router(prefix="/v1/account/email", tag="account")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class Wanted(BaseModel):
    """The new address."""

    email: str = Field(max_length=320)


class Link(BaseModel):
    """The token of a link in one of the two letters."""

    token: str = Field(max_length=100)


class Waiting(BaseModel):
    """A change on its way."""

    email: str
    confirmed_at_old: bool
    confirmed_at_new: bool
    expires_at: datetime


class Step(BaseModel):
    """What a confirmation did."""

    state: Literal["waiting_for_other_address", "changed"]


@router.post("", status_code=202, dependencies=[Recent, OwnProof])
async def ask(body: Wanted, request: Request, person: Person, afterwards: BackgroundTasks) -> Waiting:
    """Ask for another e-mail address; letters with links go to both."""
    change, token = await ask_for_change(request, person, email=body.email)
    afterwards.add_task(send_link, request, change, token)
    return shown_change(change)


@router.get("")
async def get_waiting(tx: HouseTransaction, person: Person) -> Waiting | None:
    """The change on its way, if there is one."""
    found = await email_changes.find_of(tx, user_id=person.id, now=datetime.now(UTC))
    return None if found is None else shown_change(found)


@router.delete("", status_code=204)
async def cancel_own(request: Request, tx: HouseTransaction, person: Person) -> None:
    """Cancel the change on its way."""
    if await email_changes.remove(tx, user_id=person.id):
        entry = Entry("user.email_change_cancel", "user", show("usr", person.id), person.organization_id)
        await audit.append(tx, [entry], actor=actor_of(request, person))


@router.post("/confirm", dependencies=[OwnSite])
@public("the link's token proves that one reads the address's mail")
async def confirm(body: Link, request: Request, tx: HouseTransaction) -> Step:
    """Confirm at one of the addresses; the second confirmation makes the change."""
    return Step(state=await confirm_change(tx, request, token=body.token))


@router.post("/cancel", status_code=204, dependencies=[OwnSite])
@public("the link's token proves that one reads the address's mail")
async def cancel(body: Link, request: Request, tx: HouseTransaction) -> None:
    """Cancel the change by the link of either letter."""
    await cancel_change(tx, request, token=body.token)


async def ask_for_change(request: Request, person: Principal, *, email: str) -> tuple[EmailChange, str]:
    """Writes down what is wanted, and to the present address; gives it with the token for the new one.

    Raises:
        Invalid: it cannot be an address, or is the present one.
        TooManyAttempts: asked for too often.
    """
    address, now, old, new = email_spelled(email), datetime.now(UTC), new_token(), new_token()
    if address == person.name:
        raise Invalid("email: this is your address already")
    change = EmailChange(
        user_id=person.id,
        email=address,
        old_token_hash=token_hash(old),
        new_token_hash=token_hash(new),
        old_confirmed_at=None,
        new_confirmed_at=None,
        created_at=now,
        expires_at=now + EMAIL_CHANGE_LASTS,
    )
    async with database_of(request).begin() as tx:
        if not await within(tx, request, purpose="e-mail change", who=person.id.hex, patience=LETTERS):
            raise TooManyAttempts("email: asked for too often; wait a while and try again")
        await email_changes.put(tx, change)
        await ask_old(tx, request, change, old)
        entry = Entry("user.email_change_ask", "user", show("usr", person.id), person.organization_id)
        await audit.append(tx, [entry], actor=actor_of(request, person))
    return change, new


async def change_of(tx: Tx, token: str, *, lock: bool = False) -> EmailChange:
    """The change that a link belongs to; looking changes nothing.

    Raises:
        LinkEnded: it was made, cancelled or replaced, or is too old.
    """
    found = await email_changes.find(tx, token_hash=token_hash(token), now=datetime.now(UTC), lock=lock)
    if found is None:
        raise link_ended()
    return found


async def confirm_change(
    tx: Tx, request: Request, *, token: str
) -> Literal["waiting_for_other_address", "changed"]:
    """Confirms at the link's address, and makes the change when the other one has confirmed before.

    Raises:
        LinkEnded: it was made, cancelled or replaced, or is too old.
        Conflict: somebody else has the address by now.
    """
    change = await change_of(tx, token, lock=True)
    side = change.side_of(token_hash(token))
    await email_changes.confirm(tx, user_id=change.user_id, side=side, now=datetime.now(UTC))
    other = change.new_confirmed_at if side == "old" else change.old_confirmed_at
    if other is None:
        user = await users.get(tx, user_id=change.user_id)
        entry = Entry("user.email_change_confirm", "user", show("usr", user.id), None, None, {"at": side})
        await audit.append(tx, [entry], actor=person_of(request, user))
        return "waiting_for_other_address"
    await _make(tx, request, change)
    return "changed"


async def _make(tx: Tx, request: Request, change: EmailChange) -> None:
    """The person signs in with the new address from now on; every session ends, both addresses are told."""
    user = await users.get(tx, user_id=change.user_id)
    await users.set_email(tx, user_id=user.id, email=change.email)
    await email_changes.remove(tx, user_id=user.id)
    await password_resets.links.forget(tx, user.id)
    await sessions.revoke_others(tx, user_id=user.id, but=None, now=datetime.now(UTC))
    for address in (user.email, change.email):
        await write_change(tx, request, user, "email_changed", detail=f"Now {change.email}", to=address)
    facts = ({"email": user.email}, {"email": change.email})
    entry = Entry("user.email_change", "user", show("usr", user.id), None, *facts)
    await audit.append(tx, [entry], actor=person_of(request, user))


async def cancel_change(tx: Tx, request: Request, *, token: str) -> None:
    """Nothing changes, and the person is told.

    Raises:
        LinkEnded: it was made, cancelled or replaced, or is too old.
    """
    change = await change_of(tx, token, lock=True)
    user = await users.get(tx, user_id=change.user_id)
    await email_changes.remove(tx, user_id=user.id)
    await write_change(tx, request, user, "email_change_cancelled")
    entry = Entry("user.email_change_cancel", "user", show("usr", user.id))
    await audit.append(tx, [entry], actor=person_of(request, user))


def shown_change(change: EmailChange) -> Waiting:
    """The change, as its person sees it."""
    return Waiting(
        email=change.email,
        confirmed_at_old=change.old_confirmed_at is not None,
        confirmed_at_new=change.new_confirmed_at is not None,
        expires_at=change.expires_at,
    )

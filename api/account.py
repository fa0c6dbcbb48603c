"""One's own account: name, address, and what it is protected by."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.routing import new_router
from api.security import HouseTransaction, Principal, actor_of, needs
from db import audit, authenticators, users
from db.engine import Tx
from domain.audit import Entry
from domain.ids import show
from domain.spelling import name_spelled

router = new_router(prefix="/v1/account", tag="account")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class ShownAccount(BaseModel):
    """One's own account."""

    user_id: str
    email: str
    name: str
    has_password: bool
    second_factor: bool
    recovery_codes_left: int


class AccountChange(BaseModel):
    """What may change here; the e-mail address changes at /v1/account/email."""

    name: str = Field(max_length=400)


@router.get("")
async def get_own(tx: HouseTransaction, person: Person) -> ShownAccount:
    """One's own account."""
    return await _shown(tx, person)


@router.patch("")
async def change(body: AccountChange, request: Request, tx: HouseTransaction, person: Person) -> ShownAccount:
    """Change how one is called."""
    before = await users.get(tx, user_id=person.id)
    name = name_spelled(body.name)
    await users.set_name(tx, user_id=person.id, name=name)
    shown = await _shown(tx, person)
    entry = Entry(
        "user.change", "user", shown.user_id, person.organization_id, {"name": before.name}, {"name": name}
    )
    await audit.append(tx, [entry], actor=actor_of(request, person))
    return shown


async def _shown(tx: Tx, person: Principal) -> ShownAccount:
    """The account, as its person sees it."""
    known = await users.get_credentials(tx, user_id=person.id)
    app = await authenticators.find(tx, user_id=person.id)
    return ShownAccount(
        user_id=show("usr", person.id),
        email=known.user.email,
        name=known.user.name,
        has_password=known.password_hash is not None,
        second_factor=app is not None and app.confirmed_at is not None,
        recovery_codes_left=await authenticators.count_codes(tx, user_id=person.id),
    )

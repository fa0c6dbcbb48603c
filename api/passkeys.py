"""One's own passkeys: added, renamed, removed."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.account_letters import write_change
from api.own_proof import OwnProof
from api.paging import Whole
from api.passkey_ceremonies import Answered, Asked, remember, site_of, take
from api.recent import Recent
from api.routing import new_router
from api.security import HouseTransaction, Principal, actor_of, database_of, needs
from db import audit, passkeys, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import Conflict, Invalid
from domain.ids import new_id, read, show
from domain.passkey import LONGEST_NAME, Challenge, Passkey, require_other_way_in, require_room
from domain.spelling import name_spelled
from gateways.errors import Refused
from gateways.passkeys import RelyingParty, created, to_create

router = new_router(prefix="/v1/passkeys", tag="sessions")
Person = Annotated[Principal, Depends(needs("sessions:own"))]


class NewPasskey(Answered):
    """A passkey the browser made, and what to call it."""

    name: str = Field(max_length=400, examples=["Ada's laptop"])


class Renaming(BaseModel):
    """Another name."""

    name: str = Field(max_length=400)


class ShownPasskey(BaseModel):
    """A passkey; `synced` ones are kept in an account of the device's maker and survive the device."""

    id: str
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


class Passkeys(Whole[ShownPasskey]):
    """A person's passkeys, the oldest first."""


@router.get("")
async def list_own(tx: HouseTransaction, person: Person) -> Passkeys:
    """One's own passkeys."""
    return Passkeys(items=[shown(passkey) for passkey in await passkeys.list_of(tx, user_id=person.id)])


@router.post("/options", dependencies=[Recent, OwnProof])
async def ask(request: Request, tx: HouseTransaction, person: Person) -> Asked:
    """What navigator.credentials.create needs; answer within five minutes with POST /v1/passkeys."""
    site, user = site_of(request), await users.get(tx, user_id=person.id)
    kept = await passkeys.list_of(tx, user_id=person.id)
    require_room(len(kept))
    public_key, challenge = to_create(
        site,
        handle=person.id.bytes,
        email=user.email,
        name=user.name,
        known=[passkey.credential_id for passkey in kept],
    )
    name = await remember(tx, request, purpose="add", user_id=person.id, challenge=challenge)
    return Asked(challenge_id=name, public_key=public_key)


@router.post("", status_code=201, dependencies=[Recent, OwnProof])
async def add(body: NewPasskey, request: Request, person: Person) -> ShownPasskey:
    """Keep a passkey the browser made; its person is told by mail."""
    name = name_spelled(body.name, longest=LONGEST_NAME)
    async with database_of(request).begin() as tx:
        challenge = await take(tx, body.challenge_id, purpose="add")
    fresh = _made(body, challenge, person, name)
    async with database_of(request).begin() as tx:
        await _keep(tx, request, person, fresh)
    return shown(fresh)


@router.patch("/{passkey_id}")
async def rename(
    passkey_id: str, body: Renaming, request: Request, tx: HouseTransaction, person: Person
) -> ShownPasskey:
    """Call a passkey something else."""
    before = await passkeys.lock(tx, passkey_id=read("pk", passkey_id), user_id=person.id)
    await passkeys.rename(tx, passkey_id=before.id, name=name_spelled(body.name, longest=LONGEST_NAME))
    after = await passkeys.lock(tx, passkey_id=before.id, user_id=person.id)
    await _note(tx, request, person, "passkey.rename", before, after)
    return shown(after)


@router.delete("/{passkey_id}", status_code=204, dependencies=[Recent, OwnProof])
async def remove(passkey_id: str, request: Request, tx: HouseTransaction, person: Person) -> None:
    """Remove a passkey, unless it is the only way to sign in."""
    known = await passkeys.lock(tx, passkey_id=read("pk", passkey_id), user_id=person.id)
    require_other_way_in(await passkeys.ways_in(tx, user_id=person.id))
    await passkeys.remove(tx, passkey_id=known.id)
    user = await users.get(tx, user_id=person.id)
    await write_change(tx, request, user, "passkey_removed", detail=known.name)
    await _note(tx, request, person, "passkey.remove", known, None)


def shown(passkey: Passkey) -> ShownPasskey:
    """A passkey as the door shows it."""
    return ShownPasskey(
        id=show("pk", passkey.id),
        name=passkey.name,
        synced=passkey.backed_up,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


def _made(body: NewPasskey, challenge: Challenge, person: Principal, name: str) -> Passkey:
    """The passkey that the browser made for this person.

    Raises:
        Invalid: it was made on another site, for another challenge, or for somebody else.
    """
    site = RelyingParty(challenge.relying_party, challenge.origin)
    if challenge.user_id != person.id:
        raise Invalid("credential: this was asked of somebody else; try again")
    try:
        found = created(site, body.credential, challenge=challenge.challenge)
    except Refused as refused:
        raise Invalid(f"credential: {refused.detail}") from refused
    return Passkey(
        id=new_id(),
        user_id=person.id,
        credential_id=found.credential_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        name=name,
        transports=found.transports,
        backed_up=found.backed_up,
        created_at=datetime.now(UTC),
    )


async def _keep(tx: Tx, request: Request, person: Principal, fresh: Passkey) -> None:
    """Keeps the passkey, tells its person, and writes it down.

    Raises:
        Conflict: it is kept already, or there are too many.
    """
    if await passkeys.lock_credential(tx, credential_id=fresh.credential_id) is not None:
        raise Conflict("This passkey is in use already")
    require_room((await passkeys.ways_in(tx, user_id=person.id)).passkeys)
    await passkeys.insert_one(tx, fresh)
    user = await users.get(tx, user_id=person.id)
    await write_change(tx, request, user, "passkey_added", detail=fresh.name)
    await _note(tx, request, person, "passkey.add", None, fresh)


async def _note(
    tx: Tx, request: Request, person: Principal, action: str, before: Passkey | None, after: Passkey | None
) -> None:
    """Writes the act to the audit log."""
    known = after or before
    target = show("pk", known.id) if known else ""
    old = {"name": before.name} if before else None
    new = {"name": after.name, "synced": after.backed_up} if after else None
    entry = Entry(action, "passkey", target, person.organization_id, old, new)
    await audit.append(tx, [entry], actor=actor_of(request, person))

"""One's own passkeys; the browser adds them itself at the JSON doors."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import passkeys
from api.own_proof import OwnProof
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import new_account
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs

router = new_account("/passkeys")
Person = Annotated[Principal, Depends(needs("sessions:own"))]
_HERE = "/account/passkeys"


@router.get("")
async def list_own(request: Request, tx: HouseTransaction, person: Person) -> Response:
    """The devices one signs in with."""
    found = await passkeys.list_own(tx, person)
    return page(request, "passkeys/list.html", tab="passkeys", passkeys=found.items)


@router.post("/{passkey_id}/rename")
async def rename(
    passkey_id: str,
    body: Annotated[passkeys.Renaming, Form()],
    request: Request,
    tx: HouseTransaction,
    person: Person,
) -> Response:
    """Calls a passkey something else."""
    renamed = await passkeys.rename(passkey_id, body, request, tx, person)
    return done(request, _HERE, f"The passkey is called {renamed.name} now.")


@router.post("/{passkey_id}/remove", dependencies=[Recent, OwnProof])
async def remove(passkey_id: str, request: Request, tx: HouseTransaction, person: Person) -> Response:
    """Removes a passkey."""
    await passkeys.remove(passkey_id, request, tx, person)
    return done(request, _HERE, "The passkey is removed.", tone="warning")

"""An organization's keys at providers of models: for its own people in the portal, for staff in the console."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field, SecretStr

from api import provider_credentials
from api.pages.about import About, framed, in_console, settings_root
from api.pages.acts import done
from api.pages.key_forms import project_names
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages, new_portal
from api.provider_credential_shapes import CredentialChange, NewCredential, NewSecret
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs

portal = new_portal("/settings/providers")
console = new_pages("/organizations/{organization_id}/providers")
Reader = Annotated[Principal, Depends(needs("providers:read"))]
Keeper = Annotated[Principal, Depends(needs("providers:write"))]
_SAYINGS = {
    "ready": "its provider accepts it",
    "refused": "its provider does not accept it",
    "limited": "its provider takes no requests with it at the moment",
    "unreachable": "its provider could not be asked",
    "unchecked": "it could not be read; rotate it",
}


class ChangeForm(BaseModel):
    """Name and address, as the form sends them; the key only when it goes to another host."""

    name: str = Field(max_length=400)
    base_url: str = Field("", max_length=600)
    secret: SecretStr = Field(SecretStr(""), max_length=2000)


@portal.get("")
@console.get("")
async def show_all(organization_id: About, request: Request, tx: HouseTransaction, by: Reader) -> Response:
    """The keys, whether they work, and how to add one."""
    found = await provider_credentials.list_all(organization_id, tx, by, None)
    return page(
        request,
        "providers/settings.html",
        frame_template="organizations/frame.html" if in_console(request) else "portal/settings/frame.html",
        here=_here(request, organization_id),
        found=found.items,
        known=(await provider_credentials.list_providers()).items,
        projects=await project_names(tx, organization_id),
        may_write=by.can("providers:write"),
        **await framed(request, tx, organization_id, tab="providers"),
    )


@portal.post("", dependencies=[OncePerForm])
@console.post("", dependencies=[OncePerForm])
async def create(
    organization_id: About,
    body: Annotated[NewCredential, Form()],
    request: Request,
    tx: HouseTransaction,
    by: Keeper,
) -> Response:
    """Keeps a key."""
    made = await provider_credentials.create(organization_id, body, request, tx, by)
    text = f"{made.name} is kept. Its provider was asked whether it accepts it."
    return _back(request, organization_id, text)


@portal.post("/{credential_id}")
@console.post("/{credential_id}")
async def change(
    organization_id: About,
    credential_id: str,
    form: Annotated[ChangeForm, Form()],
    request: Request,
    tx: HouseTransaction,
    by: Keeper,
) -> Response:
    """Changes name and address."""
    body = CredentialChange(name=form.name, base_url=form.base_url, secret=form.secret)
    await provider_credentials.change(credential_id, body, request, tx, by)
    return _back(request, organization_id, "Saved.")


@portal.post("/{credential_id}/enable")
@console.post("/{credential_id}/enable")
async def enable(
    organization_id: About, credential_id: str, request: Request, tx: HouseTransaction, by: Keeper
) -> Response:
    """Uses a key again."""
    after = await provider_credentials.change(credential_id, CredentialChange(enabled=True), request, tx, by)
    return _back(request, organization_id, f"{after.name} is enabled.")


@portal.post("/{credential_id}/disable")
@console.post("/{credential_id}/disable")
async def disable(
    organization_id: About, credential_id: str, request: Request, tx: HouseTransaction, by: Keeper
) -> Response:
    """Uses a key no longer, and keeps it."""
    after = await provider_credentials.change(credential_id, CredentialChange(enabled=False), request, tx, by)
    return _back(request, organization_id, f"{after.name} is disabled. It is kept, and not used.")


@portal.post("/{credential_id}/rotate", dependencies=[Recent])
@console.post("/{credential_id}/rotate", dependencies=[Recent])
async def rotate(
    organization_id: About,
    credential_id: str,
    body: Annotated[NewSecret, Form()],
    request: Request,
    tx: HouseTransaction,
    by: Keeper,
) -> Response:
    """Replaces a key."""
    after = await provider_credentials.rotate(credential_id, body, request, tx, by)
    return _back(request, organization_id, f"{after.name} has its new key; the old one is gone.")


@portal.post("/{credential_id}/check")
@console.post("/{credential_id}/check")
async def check(organization_id: About, credential_id: str, request: Request, by: Keeper) -> Response:
    """Asks the provider now."""
    after = await provider_credentials.check(credential_id, request, by)
    text = f"{after.name} was checked: {_SAYINGS[after.readiness]}."
    return done(
        request,
        _here(request, organization_id),
        text,
        tone="success" if after.readiness == "ready" else "warning",
    )


@portal.post("/{credential_id}/remove", dependencies=[Recent])
@console.post("/{credential_id}/remove", dependencies=[Recent])
async def remove(
    organization_id: About, credential_id: str, request: Request, tx: HouseTransaction, by: Keeper
) -> Response:
    """Removes a key."""
    await provider_credentials.remove(credential_id, request, tx, by)
    return _back(request, organization_id, "The key is removed. Nothing of it is kept.")


def _here(request: Request, organization_id: UUID) -> str:
    """The page's own address."""
    return f"{settings_root(request, organization_id)}/providers"


def _back(request: Request, organization_id: UUID, text: str) -> Response:
    """Leads back to the page, with a message."""
    return done(request, _here(request, organization_id), text)

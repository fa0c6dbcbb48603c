"""The organization's API keys: made, rotated, revoked; a secret is shown once."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import api_keys
from api.api_key_shapes import Rotation
from api.pages.acts import done
from api.pages.key_forms import KeyForm, PublishableForm, key_facts, secret_page
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.paging import Pages
from api.security import HouseTransaction, Principal, needs

router = new_portal("/api-keys")
Manager = Annotated[Principal, Depends(needs("keys:manage"))]
_HOME = "/portal/api-keys"


@router.get("")
async def list_all(
    request: Request, tx: HouseTransaction, pages: Pages, principal: Manager, organization_id: Mine
) -> Response:
    """The organization's keys, the newest first."""
    found = await api_keys.list_keys(organization_id, tx, pages)
    facts = await key_facts(tx, found, principal, organization_id)
    return page(request, "portal/api_keys/list.html", **facts)


@router.post("")
async def create(
    form: Annotated[KeyForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
    organization_id: Mine,
) -> Response:
    """Makes a key and shows its secret once."""
    fresh = await api_keys.create_key(organization_id, form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_HOME)


@router.post("/publishable")
async def create_publishable(
    form: Annotated[PublishableForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
    organization_id: Mine,
) -> Response:
    """Makes a publishable key."""
    fresh = await api_keys.create_key(organization_id, form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_HOME)


@router.post("/{key_id}/rotate")
async def rotate(
    key_id: str,
    body: Annotated[Rotation, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a successor and shows its secret once."""
    return secret_page(request, await api_keys.rotate(key_id, body, request, tx, principal), back=_HOME)


@router.post("/{key_id}/revoke")
async def revoke(key_id: str, request: Request, tx: HouseTransaction, principal: Manager) -> Response:
    """Stops a key."""
    key = await api_keys.revoke(key_id, request, tx, principal)
    return done(request, _HOME, f"The key {key.name} is revoked.", tone="warning")

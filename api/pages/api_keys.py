"""API keys of an organization and of the staff: made, rotated, revoked; a secret is shown once."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import api_keys, organizations
from api.api_key_shapes import Rotation
from api.pages.acts import done
from api.pages.key_forms import KeyForm, PublishableForm, key_facts, secret_page
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import HouseTransaction, OrganizationInPath, Principal, needs
from domain.ids import show

router = new_pages()
Manager = Annotated[Principal, Depends(needs("keys:manage"))]


@router.get("/api-keys", dependencies=[Depends(needs("users:write"))])
async def list_staff_keys(
    request: Request, tx: HouseTransaction, pages: Pages, principal: Manager
) -> Response:
    """Keys of the staff."""
    found = await api_keys.list_own_keys(tx, pages, principal)
    return page(request, "api_keys/staff.html", **await key_facts(tx, found, principal, None))


@router.post("/api-keys")
async def create_staff_key(
    form: Annotated[KeyForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("users:write"))],
) -> Response:
    """Makes a staff key and shows its secret once."""
    fresh = await api_keys.create_staff_key(form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_home(None))


@router.get("/organizations/{organization_id}/api-keys")
async def list_keys(
    organization_id: OrganizationInPath,
    request: Request,
    tx: HouseTransaction,
    pages: Pages,
    principal: Manager,
) -> Response:
    """Keys of an organization."""
    found = await api_keys.list_keys(organization_id, tx, pages)
    return page(
        request,
        "organizations/api_keys.html",
        organization=await organizations.get(organization_id, tx),
        tab="api-keys",
        **await key_facts(tx, found, principal, organization_id),
    )


@router.post("/organizations/{organization_id}/api-keys")
async def create_key(
    organization_id: OrganizationInPath,
    form: Annotated[KeyForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a key and shows its secret once."""
    fresh = await api_keys.create_key(organization_id, form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_home(show("org", organization_id)))


@router.post("/organizations/{organization_id}/api-keys/publishable")
async def create_publishable_key(
    organization_id: OrganizationInPath,
    form: Annotated[PublishableForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a publishable key."""
    fresh = await api_keys.create_key(organization_id, form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_home(show("org", organization_id)))


@router.post("/api-keys/{key_id}/rotate")
async def rotate(
    key_id: str,
    body: Annotated[Rotation, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a successor and shows its secret once."""
    fresh = await api_keys.rotate(key_id, body, request, tx, principal)
    return secret_page(request, fresh, back=_home(fresh.organization_id))


@router.post("/api-keys/{key_id}/revoke")
async def revoke(key_id: str, request: Request, tx: HouseTransaction, principal: Manager) -> Response:
    """Stops a key."""
    key = await api_keys.revoke(key_id, request, tx, principal)
    return done(request, _home(key.organization_id), f"The key {key.name} is revoked.", tone="warning")


def _home(organization_id: str | None) -> str:
    """The list that a key belongs to."""
    return f"/console/organizations/{organization_id}/api-keys" if organization_id else "/console/api-keys"

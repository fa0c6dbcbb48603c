"""API keys of an organization, in portal and console, and of the staff; a secret is shown once."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from api import api_keys
from api.api_key_shapes import Rotation
from api.pages.about import About, frame_root, framed, in_console
from api.pages.acts import done
from api.pages.key_forms import KeyForm, PublishableForm, key_facts, secret_page
from api.pages.render import page
from api.pages.routing import new_pages, new_portal
from api.paging import Pages
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs

portal = new_portal("/api-keys")
console = new_pages("/organizations/{organization_id}/api-keys")
staff = new_pages("/api-keys")
Manager = Annotated[Principal, Depends(needs("keys:manage"))]


@staff.get("", dependencies=[Depends(needs("users:write"))])
async def list_staff_keys(
    request: Request, tx: HouseTransaction, pages: Pages, principal: Manager
) -> Response:
    """Keys of the staff."""
    found = await api_keys.list_own_keys(tx, pages, principal)
    return page(request, "api_keys/staff.html", **await key_facts(tx, found, principal, None))


@staff.post("", dependencies=[Recent])
async def create_staff_key(
    form: Annotated[KeyForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("users:write"))],
) -> Response:
    """Makes a staff key and shows its secret once."""
    fresh = await api_keys.create_staff_key(form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_home(request, None))


@portal.get("")
@console.get("")
async def list_keys(
    organization_id: About, request: Request, tx: HouseTransaction, pages: Pages, principal: Manager
) -> Response:
    """The organization's keys, the newest first."""
    found = await api_keys.list_keys(organization_id, tx, pages)
    return page(
        request,
        "organizations/api_keys.html" if in_console(request) else "portal/api_keys/list.html",
        **await framed(request, tx, organization_id, tab="api-keys"),
        **await key_facts(tx, found, principal, organization_id),
    )


@portal.post("")
@console.post("")
async def create_key(
    organization_id: About,
    form: Annotated[KeyForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a key and shows its secret once."""
    fresh = await api_keys.create_key(organization_id, form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_home(request, fresh.organization_id))


@portal.post("/publishable")
@console.post("/publishable")
async def create_publishable_key(
    organization_id: About,
    form: Annotated[PublishableForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a publishable key."""
    fresh = await api_keys.create_key(organization_id, form.asked(), request, tx, principal)
    return secret_page(request, fresh, back=_home(request, fresh.organization_id))


@portal.post("/{key_id}/rotate")
@staff.post("/{key_id}/rotate")
async def rotate(
    key_id: str,
    body: Annotated[Rotation, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a successor and shows its secret once."""
    fresh = await api_keys.rotate(key_id, body, request, tx, principal)
    return secret_page(request, fresh, back=_home(request, fresh.organization_id))


@portal.post("/{key_id}/revoke")
@staff.post("/{key_id}/revoke")
async def revoke(key_id: str, request: Request, tx: HouseTransaction, principal: Manager) -> Response:
    """Stops a key."""
    key = await api_keys.revoke(key_id, request, tx, principal)
    return done(
        request, _home(request, key.organization_id), f"The key {key.name} is revoked.", tone="warning"
    )


def _home(request: Request, organization_id: str | None) -> str:
    """The list that a key belongs to; without an organization it is the staff's."""
    inner = f"/organizations/{organization_id}" if organization_id and in_console(request) else ""
    return f"{frame_root(request)}{inner}/api-keys"

"""API keys of an organization and of the staff: made, rotated, revoked; a secret is shown once."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import api_keys, organizations
from api.api_key_shapes import FreshKey, NewKey, Rotation, ShownKey
from api.pages.acts import done
from api.pages.render import block, page
from api.pages.routing import new_pages
from api.paging import Page, Pages
from api.security import HouseTransaction, OrganizationInPath, Principal, needs
from domain.errors import Invalid
from domain.roles import BROAD_SCOPES, MATRIX, Permission, grantable

router = new_pages()
Manager = Annotated[Principal, Depends(needs("keys:manage"))]
_OVERLAPS = (("0", "At once"), ("3600", "1 hour"), ("86400", "1 day"), ("604800", "7 days"))


class KeyForm(BaseModel):
    """A key to be made, as the form sends it."""

    name: str = Field(max_length=400)
    scopes: list[str] = Field(default_factory=list, max_length=60)
    environment: Literal["live", "test"] = "live"
    expires_on: date | None = None

    def asked(self) -> NewKey:
        """The same for the door.

        Raises:
            Invalid: no scope is chosen.
        """
        if not self.scopes:
            raise Invalid("scopes: choose at least one")
        ends = None
        if self.expires_on is not None:
            ends = datetime.combine(self.expires_on + timedelta(days=1), time(), UTC)
        return NewKey(name=self.name, scopes=self.scopes, environment=self.environment, expires_at=ends)


@router.get("/api-keys", dependencies=[Depends(needs("users:write"))])
async def list_staff_keys(
    request: Request, tx: HouseTransaction, pages: Pages, principal: Manager
) -> Response:
    """Keys of the staff."""
    found = await api_keys.list_own_keys(tx, pages, principal)
    return page(request, "api_keys/staff.html", **_facts(found, principal, staff=True))


@router.post("/api-keys")
async def create_staff_key(
    form: Annotated[KeyForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("users:write"))],
) -> Response:
    """Makes a staff key and shows its secret once."""
    fresh = await api_keys.create_staff_key(form.asked(), request, tx, principal)
    return _secret(request, fresh)


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
        **_facts(found, principal, staff=False),
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
    return _secret(request, fresh)


@router.post("/api-keys/{key_id}/rotate")
async def rotate(
    key_id: str,
    body: Annotated[Rotation, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Makes a successor and shows its secret once."""
    return _secret(request, await api_keys.rotate(key_id, body, request, tx, principal))


@router.post("/api-keys/{key_id}/revoke")
async def revoke(key_id: str, request: Request, tx: HouseTransaction, principal: Manager) -> Response:
    """Stops a key."""
    key = await api_keys.revoke(key_id, request, tx, principal)
    return done(request, _home(key.organization_id), f"The key {key.name} is revoked.", tone="warning")


def _secret(request: Request, fresh: FreshKey) -> Response:
    """The secret, in this one answer and nowhere else."""
    facts: dict[str, Any] = {"key": fresh, "back": _home(fresh.organization_id)}
    if request.headers.get("hx-request") == "true":
        return block(request, "api_keys/secret.html", "secret", **facts)
    return page(request, "api_keys/secret.html", **facts)


def _home(organization_id: str | None) -> str:
    """The list that a key belongs to."""
    return f"/console/organizations/{organization_id}/api-keys" if organization_id else "/console/api-keys"


def _facts(found: Page[ShownKey], principal: Principal, *, staff: bool) -> dict[str, Any]:
    """What a list of keys and its form show."""
    prefix = "platform:" if staff else "workspace:"
    able = grantable(staff=staff) & principal.permissions
    narrow: list[tuple[Permission, str]] = [
        (name, grant.meaning) for name, grant in MATRIX.items() if name in able
    ]
    return {
        "found": found,
        "broad": [(name, meaning) for name, meaning in BROAD_SCOPES.items() if name.startswith(prefix)],
        "narrow": narrow,
        "overlaps": _OVERLAPS,
        "now": datetime.now(UTC),
    }

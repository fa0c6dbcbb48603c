"""API keys: made, rotated and revoked by signed-in people only; a secret is shown to whoever made the key.

What is stored is its keyed hash. An answer kept for an Idempotency-Key is sealed, and forgotten after a week.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from api.api_key_shapes import FreshKey, NewKey, Rotation, ShownKey, shown
from api.paging import Page, Pages
from api.recent import Recent, require_fresh_proof
from api.routing import HouseOnce, HouseOnceSealed, new_router
from api.security import (
    HouseTransaction,
    OrganizationInPath,
    Principal,
    actor_of,
    forget_keys,
    identities_of,
    needs,
)
from db import api_keys, audit, organizations, projects
from db.engine import Tx
from domain.api_key import ApiKey, issue
from domain.audit import Entry
from domain.errors import Forbidden
from domain.ids import read, show
from domain.key_form import keyed_hash
from domain.project_scopes import scopes_about_project
from domain.roles import permissions_of_scopes
from domain.spelling import name_spelled

router = new_router(prefix="/v1", tag="API keys")
Manager = Annotated[Principal, Depends(needs("keys:manage"))]


@router.post("/api-keys", status_code=201, dependencies=[Recent, HouseOnceSealed])
async def create_staff_key(
    body: NewKey,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("users:write"))],
) -> FreshKey:
    """Make a staff key, which sees every organization."""
    return await _create(request, tx, principal, None, body)


@router.post("/organizations/{organization_id}/api-keys", status_code=201, dependencies=[HouseOnceSealed])
async def create_key(
    organization_id: OrganizationInPath,
    body: NewKey,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> FreshKey:
    """Make a key of an organization."""
    await organizations.get(tx, organization_id=organization_id)
    return await _create(request, tx, principal, organization_id, body)


@router.get("/api-keys")
async def list_own_keys(tx: HouseTransaction, pages: Pages, principal: Manager) -> Page[ShownKey]:
    """The caller's keys: an organization's, or for staff the staff keys; the newest first."""
    return await _list(tx, pages, principal.organization_id)


@router.get("/organizations/{organization_id}/api-keys", dependencies=[Depends(needs("keys:manage"))])
async def list_keys(
    organization_id: OrganizationInPath, tx: HouseTransaction, pages: Pages
) -> Page[ShownKey]:
    """An organization's keys, the newest first."""
    await organizations.get(tx, organization_id=organization_id)
    return await _list(tx, pages, organization_id)


async def _proof_for_staff_key(key_id: str, request: Request, tx: HouseTransaction, by: Manager) -> None:
    """Asks for a staff key's proof before an answer is repeated, for that carries the secret too."""
    if (await _locked(tx, by, key_id)).organization_id is None:
        require_fresh_proof(request, by)


_ROTATING = [Depends(_proof_for_staff_key), HouseOnceSealed]


@router.post("/api-keys/{key_id}/rotate", status_code=201, dependencies=_ROTATING)
async def rotate(
    key_id: str, body: Rotation, request: Request, tx: HouseTransaction, principal: Manager
) -> FreshKey:
    """Make a successor for as long a life; the old key keeps working until the overlap ends.

    A staff key's is made with a fresh proof, as the key was.
    """
    now = datetime.now(UTC)
    await _proof_for_staff_key(key_id, request, tx, principal)
    old = await _locked(tx, principal, key_id)
    old.require_rotatable(now)
    key, secret = issue(
        organization_id=old.organization_id,
        project_id=old.project_id,
        name=old.name,
        environment=old.environment,
        scopes=old.scopes if old.project_id is None else scopes_about_project(old.scopes),
        created_by=principal.name,
        created_by_user=principal.id,
        now=now,
        expires_at=body.expires_at or old.renewed_until(now),
        kind=old.kind,
        origins=old.origins,
    )
    await _keep(request, tx, key, secret)
    ends = now + timedelta(seconds=body.overlap_seconds)
    await api_keys.replace(tx, key_id=old.id, replaced_by=key.id, expires_at=ends)
    facts: dict[str, object] = {"name": old.name, "replaced_by": show("key", key.id)}
    facts["works_until"] = f"{min(ends, old.expires_at or ends):%Y-%m-%dT%H:%M:%SZ}"
    await _note(request, tx, principal, "key.rotate", old, facts)
    forget_keys(request)
    return FreshKey(**shown(key).model_dump(), secret=secret)


@router.post("/api-keys/{key_id}/revoke", dependencies=[HouseOnce])
async def revoke(key_id: str, request: Request, tx: HouseTransaction, principal: Manager) -> ShownKey:
    """Stop a key everywhere at once: the database tells every API process to forget it."""
    key = await _locked(tx, principal, key_id)
    if key.revoked_at is not None:
        return shown(key)
    await api_keys.revoke(tx, key_id=key.id, now=datetime.now(UTC))
    await _note(request, tx, principal, "key.revoke", key, {"name": key.name})
    forget_keys(request)
    return shown(await api_keys.lock(tx, key_id=key.id))


async def _create(
    request: Request, tx: Tx, principal: Principal, organization_id: UUID | None, body: NewKey
) -> FreshKey:
    """Makes a key that can do no more than whoever makes it."""
    project_id = None if body.project_id is None else read("prj", body.project_id)
    if project_id is not None:
        await projects.get(tx, project_id=project_id, organization_id=organization_id)
    key, secret = issue(
        organization_id=organization_id,
        project_id=project_id,
        name=name_spelled(body.name),
        environment=body.environment,
        scopes=body.scopes,
        created_by=principal.name,
        created_by_user=principal.id,
        now=datetime.now(UTC),
        expires_at=body.expires_at,
        kind=body.kind,
        origins=body.origins,
    )
    if not permissions_of_scopes(key.scopes, staff=organization_id is None) <= principal.permissions:
        raise Forbidden("scopes: a key cannot do what whoever makes it may not do")
    await _keep(request, tx, key, secret)
    await _note(request, tx, principal, "key.create", key, _facts(key))
    return FreshKey(**shown(key).model_dump(), secret=secret)


def _facts(key: ApiKey) -> dict[str, object]:
    """What the audit log says about a new key."""
    ends = key.expires_at and f"{key.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    facts: dict[str, object] = {"name": key.name, "scopes": key.scopes, "environment": key.environment}
    facts |= {"project_id": key.project_id and show("prj", key.project_id), "expires_at": ends}
    return facts | ({"kind": key.kind, "origins": key.origins} if key.origins else {})


async def _keep(request: Request, tx: Tx, key: ApiKey, secret: str) -> None:
    """Stores the key by its keyed hash."""
    pepper = identities_of(request).pepper
    await api_keys.insert_one(tx, key, key_hash=keyed_hash(secret, pepper))


async def _locked(tx: Tx, principal: Principal, key_id: str) -> ApiKey:
    """The key of the path, if it exists for the caller."""
    key = await api_keys.lock(tx, key_id=read("key", key_id))
    principal.require_organization(key.organization_id)
    return key


async def _list(tx: Tx, pages: Pages, organization_id: UUID | None) -> Page[ShownKey]:
    """One page of keys."""
    found = await api_keys.list_page(
        tx, organization_id=organization_id, after=pages.after_id, limit=pages.fetch
    )
    return pages.page(found, shown, lambda key: key.id)


async def _note(
    request: Request, tx: Tx, principal: Principal, action: str, key: ApiKey, after: dict[str, object]
) -> None:
    """Writes the act to the audit log."""
    entry = Entry(action, "key", show("key", key.id), key.organization_id, None, after)
    await audit.append(tx, [entry], actor=actor_of(request, principal))

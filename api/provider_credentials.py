"""Organizations' own keys at providers of models: kept, changed, rotated, checked, removed.

A key is sealed when it comes in. It is handed to no other host than the one it was entered for: a new address
needs it entered anew. Whether the provider accepts it is asked once it is saved, and shows at the next look.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from api.provider_changes import changed, made, note
from api.provider_checking import check_once_saved, checked, checks_of
from api.provider_credential_shapes import (
    CredentialChange,
    Credentials,
    NewCredential,
    NewSecret,
    ShownCredential,
    ShownProviders,
    shown,
    shown_providers,
)
from api.recent import Recent, require_fresh_proof
from api.routing import HouseOnce, new_router
from api.security import (
    HouseTransaction,
    OrganizationInPath,
    Principal,
    Transaction,
    database_of,
    needs,
)
from db import organizations, projects, provider_credentials
from db.engine import Tx
from domain.errors import Conflict, NotFound
from domain.ids import read
from domain.provider_credential import MOST_CREDENTIALS, ProviderCredential, in_force, secret_spelled

router = new_router(prefix="/v1", tag="providers")
Reader = Annotated[Principal, Depends(needs("providers:read"))]
Keeper = Annotated[Principal, Depends(needs("providers:write"))]


@router.get("/providers", dependencies=[Depends(needs("providers:read"))])
async def list_providers() -> ShownProviders:
    """The providers of models that we know, and where they are."""
    return shown_providers()


@router.get("/organizations/{organization_id}/provider-credentials")
async def list_all(
    organization_id: OrganizationInPath,
    tx: Transaction,
    by: Reader,
    project_id: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Only those that hold for this project: its own before the organization's",
        ),
    ] = None,
) -> Credentials:
    """An organization's provider keys, without the keys."""
    await organizations.get(tx, organization_id=organization_id)
    found: Sequence[ProviderCredential] = await provider_credentials.list_of(
        tx, organization_id=organization_id
    )
    if project_id is not None:
        found = in_force(found, await _project(tx, organization_id, project_id))
    return Credentials(items=[shown(each) for each in found if _sees(by, each)])


@router.post(
    "/organizations/{organization_id}/provider-credentials", status_code=201, dependencies=[HouseOnce]
)
async def create(
    organization_id: OrganizationInPath,
    body: NewCredential,
    request: Request,
    tx: HouseTransaction,
    by: Keeper,
) -> ShownCredential:
    """Keep a key; the provider is asked whether it accepts it before the answer leaves."""
    await organizations.lock(tx, organization_id=organization_id)
    kept = await provider_credentials.list_of(tx, organization_id=organization_id)
    if len(kept) >= MOST_CREDENTIALS:
        raise Conflict(f"There are {MOST_CREDENTIALS} provider keys already; remove one first")
    project_id = await _project(tx, organization_id, body.project_id) if body.project_id else None
    fresh, secret = made(request, organization_id, project_id, body)
    _require_own(by, fresh)
    sealed = checks_of(request).secrets.sealed(fresh, secret)
    await provider_credentials.insert_one(tx, fresh, sealed_secret=sealed)
    await note(tx, request, by, "provider_credential.create", None, fresh)
    check_once_saved(request, fresh.id, by)
    return shown(fresh)


@router.get("/provider-credentials/{credential_id}")
async def get(credential_id: str, tx: Transaction, by: Reader) -> ShownCredential:
    """One provider key, without the key."""
    found = await provider_credentials.get(tx, credential_id=read("cred", credential_id))
    by.require_organization(found.organization_id)
    if not _sees(by, found):
        raise NotFound("There is no such provider key")
    return shown(found)


@router.patch("/provider-credentials/{credential_id}")
async def change(
    credential_id: str, body: CredentialChange, request: Request, tx: HouseTransaction, by: Keeper
) -> ShownCredential:
    """Change name, address and whether it is used; another host needs the key entered anew."""
    before = await _locked(tx, by, credential_id)
    after, secret = changed(request, before, body)
    if secret is not None:
        require_fresh_proof(request, by)
    sealed = None if secret is None else checks_of(request).secrets.sealed(after, secret)
    await provider_credentials.save(tx, after, sealed_secret=sealed)
    await note(tx, request, by, "provider_credential.change", before, after)
    if after.enabled and after.checked_at is None:
        check_once_saved(request, after.id, by)
    return shown(after)


@router.post("/provider-credentials/{credential_id}/rotate", dependencies=[Recent, HouseOnce])
async def rotate(
    credential_id: str, body: NewSecret, request: Request, tx: HouseTransaction, by: Keeper
) -> ShownCredential:
    """Replace the key; name, address and everything that refers to it stay, and the old key is gone."""
    before = await _locked(tx, by, credential_id)
    secret = secret_spelled(body.secret.get_secret_value())
    after = before.rotated(secret, now=datetime.now(UTC))
    sealed = checks_of(request).secrets.sealed(after, secret)
    await provider_credentials.save(tx, after, sealed_secret=sealed)
    await note(tx, request, by, "provider_credential.rotate", before, after)
    check_once_saved(request, after.id, by)
    return shown(after)


@router.post("/provider-credentials/{credential_id}/check")
async def check(credential_id: str, request: Request, by: Keeper) -> ShownCredential:
    """Ask the provider now whether it accepts the key."""
    async with database_of(request).begin() as tx:
        known = await provider_credentials.get(tx, credential_id=read("cred", credential_id))
    _require_own(by, known)
    return shown(await checked(request, known.id, by))


@router.delete("/provider-credentials/{credential_id}", status_code=204, dependencies=[Recent])
async def remove(credential_id: str, request: Request, tx: HouseTransaction, by: Keeper) -> None:
    """Remove a key; nothing of it is kept."""
    known = await _locked(tx, by, credential_id)
    await provider_credentials.remove(tx, credential_id=known.id)
    await note(tx, request, by, "provider_credential.remove", known, None)


async def _locked(tx: Tx, by: Principal, credential_id: str) -> ProviderCredential:
    """The key of the path, if it exists for the caller, unchanged by others until the transaction ends."""
    known = await provider_credentials.lock(tx, credential_id=read("cred", credential_id))
    _require_own(by, known)
    return known


async def _project(tx: Tx, organization_id: UUID, project_id: str) -> UUID:
    """The organization's project of that id."""
    return (await projects.get(tx, project_id=read("prj", project_id), organization_id=organization_id)).id


def _sees(by: Principal, credential: ProviderCredential) -> bool:
    """Whether a key that is narrowed to one project is told of it: of its own, and of the organization's."""
    return by.project_id is None or credential.project_id in (None, by.project_id)


def _require_own(by: Principal, credential: ProviderCredential) -> None:
    """Refuses another organization's or, for whoever is narrowed to one project, what is not that project's.

    Raises:
        NotFound: as though it did not exist.
    """
    by.require_organization(credential.organization_id)
    if by.project_id not in (None, credential.project_id):
        raise NotFound("There is no such provider key")

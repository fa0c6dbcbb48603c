"""Deleting an organization: look ahead, ask, decide as a second person, take back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from activities import deletions as acts
from activities.deletions import Request as Wanted
from api.deletion_shapes import Decision, NewDeletion, ShownDeletion, ShownPreview
from api.paging import Page, Pages
from api.recent import Recent
from api.routing import HouseOnce, new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, actor_of, forget_keys, needs
from db import deletions, organizations, user_names
from db.engine import Tx
from domain.deletion import Deletion, DeletionState
from domain.errors import NotFound
from domain.ids import read
from domain.privacy_terms import PrivacyTerms

router = new_router(prefix="/v1", tag="privacy")
Asker = Annotated[Principal, Depends(needs("deletions:request"))]
Approver = Annotated[Principal, Depends(needs("deletions:approve"))]
Reader = Annotated[Principal, Depends(needs("privacy:read"))]


def terms_of(request: Request) -> PrivacyTerms:
    """The house's waits."""
    terms: PrivacyTerms = request.app.state.settings.privacy
    return terms


def deletion_in_path(deletion_id: str) -> UUID:
    """The deletion that the address names.

    Raises:
        BadIdentifier: it is not the id of a deletion.
    """
    return read("del", deletion_id)


DeletionInPath = Annotated[UUID, Depends(deletion_in_path)]


@router.get(
    "/organizations/{organization_id}/deletion/preview", dependencies=[Depends(needs("deletions:request"))]
)
async def preview(organization_id: OrganizationInPath, tx: HouseTransaction) -> ShownPreview:
    """What would go, what would stay and why, and what is still open."""
    await organizations.get(tx, organization_id=organization_id)
    return ShownPreview.of(await acts.preview(tx, organization_id=organization_id))


@router.get("/organizations/{organization_id}/deletion", dependencies=[Depends(needs("privacy:read"))])
async def get_latest(organization_id: OrganizationInPath, tx: HouseTransaction) -> ShownDeletion:
    """The newest request of an organization."""
    found = await deletions.list_page(tx, after=None, limit=1, organization_id=organization_id)
    if not found:
        raise NotFound("Nobody has asked for the deletion of this organization")
    return await _shown(tx, found[0])


@router.post("/organizations/{organization_id}/deletion", status_code=202, dependencies=[Recent, HouseOnce])
async def ask(
    organization_id: OrganizationInPath,
    body: NewDeletion,
    request: Request,
    tx: HouseTransaction,
    principal: Asker,
) -> ShownDeletion:
    """Ask for an organization's deletion; nothing happens before a second person of the staff approves."""
    wanted = Wanted(organization_id=organization_id, typed_name=body.name, reason=body.reason)
    deletion = await acts.request(
        tx,
        wanted,
        terms=terms_of(request),
        by=principal.id,
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    return await _shown(tx, deletion)


@router.get("/deletions", dependencies=[Depends(needs("deletions:approve"))])
async def list_all(
    tx: HouseTransaction,
    pages: Pages,
    state: DeletionState | None = None,
    organization_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[ShownDeletion]:
    """Every request, the newest first."""
    asked = None if organization_id is None else read("org", organization_id)
    found = await deletions.list_page(
        tx, after=pages.after_id, limit=pages.fetch, state=state, organization_id=asked
    )
    shown = {deletion.id: one for deletion, one in zip(found, await _all_shown(tx, found), strict=True)}
    return pages.page(found, lambda deletion: shown[deletion.id], lambda deletion: deletion.id)


@router.get("/deletions/{deletion_id}")
async def get(deletion_id: DeletionInPath, tx: HouseTransaction, principal: Reader) -> ShownDeletion:
    """One request."""
    return await _shown(tx, await _visible(tx, deletion_id, principal))


@router.post("/deletions/{deletion_id}/approve", dependencies=[Recent, HouseOnce])
async def approve(
    deletion_id: DeletionInPath, body: Decision, request: Request, tx: HouseTransaction, principal: Approver
) -> ShownDeletion:
    """Approve what somebody else asked for: the grace period begins."""
    after = await acts.approve(
        tx,
        deletion_id,
        reason=body.reason,
        terms=terms_of(request),
        by=principal.id,
        actor=actor_of(request, principal),
        now=datetime.now(UTC),
    )
    forget_keys(request)
    return await _shown(tx, after)


@router.post("/deletions/{deletion_id}/refuse", dependencies=[HouseOnce])
async def refuse(
    deletion_id: DeletionInPath, body: Decision, request: Request, tx: HouseTransaction, principal: Approver
) -> ShownDeletion:
    """Refuse what somebody else asked for, and say why."""
    actor = actor_of(request, principal)
    after = await acts.refuse(
        tx, deletion_id, reason=body.reason, by=principal.id, actor=actor, now=datetime.now(UTC)
    )
    return await _shown(tx, after)


@router.post("/deletions/{deletion_id}/restore", dependencies=[HouseOnce])
async def restore(
    deletion_id: DeletionInPath, request: Request, tx: HouseTransaction, principal: Asker
) -> ShownDeletion:
    """Take the request back, or have the organization again as it was."""
    await _visible(tx, deletion_id, principal)
    actor = actor_of(request, principal)
    after = await acts.restore(tx, deletion_id, by=principal.id, actor=actor, now=datetime.now(UTC))
    forget_keys(request)
    return await _shown(tx, after)


async def _visible(tx: Tx, deletion_id: UUID, principal: Principal) -> Deletion:
    """The deletion, if it exists for this principal."""
    deletion = await deletions.get(tx, deletion_id=deletion_id)
    principal.require_organization(deletion.organization_id)
    return deletion


async def _shown(tx: Tx, deletion: Deletion) -> ShownDeletion:
    """The deletion as the door shows it."""
    (shown,) = await _all_shown(tx, [deletion])
    return shown


async def _all_shown(tx: Tx, found: Sequence[Deletion]) -> list[ShownDeletion]:
    """Deletions as the door shows them, with names."""
    people = {person for one in found for person in (one.requested_by, one.decided_by) if person}
    names = await user_names.names(tx, user_ids=people)
    known = await organizations.names(tx, organization_ids={one.organization_id for one in found})
    return [
        ShownDeletion.of(one, organization=known.get(one.organization_id, ""), names=names) for one in found
    ]

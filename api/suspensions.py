"""Suspending an organization, and lifting it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.organizations import ShownOrganization, note, shown
from api.routing import Once, new_router
from api.security import OrganizationInPath, Principal, Transaction, forget_keys, needs
from db import organizations

router = new_router(prefix="/v1/organizations", tag="organizations")


class Reason(BaseModel):
    """Why; it is kept in the audit log."""

    reason: str = Field("", max_length=500)


@router.post("/{organization_id}/suspend", dependencies=[Once])
async def suspend(
    organization_id: OrganizationInPath,
    body: Reason,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("organizations:suspend"))],
) -> ShownOrganization:
    """Suspend an organization: its keys and members see, pay and ask for help, and change nothing else."""
    before = await organizations.lock(tx, organization_id=organization_id)
    after = before.suspended(body.reason, datetime.now(UTC))
    await organizations.save(tx, after)
    forget_keys(request)
    await note(request, tx, principal, "organization.suspend", before=before, after=after, reason=body.reason)
    return shown(after)


@router.post("/{organization_id}/unsuspend", dependencies=[Once])
async def unsuspend(
    organization_id: OrganizationInPath,
    body: Reason,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("organizations:suspend"))],
) -> ShownOrganization:
    """Lift a suspension."""
    before = await organizations.lock(tx, organization_id=organization_id)
    after = before.unsuspended(datetime.now(UTC))
    await organizations.save(tx, after)
    forget_keys(request)
    await note(
        request, tx, principal, "organization.unsuspend", before=before, after=after, reason=body.reason
    )
    return shown(after)

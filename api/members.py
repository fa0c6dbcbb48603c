"""Who belongs to an organization."""

from datetime import datetime

from fastapi import Depends
from pydantic import BaseModel

from api.routing import new_router
from api.security import OrganizationInPath, Transaction, needs
from db import organizations, users
from domain.ids import show
from domain.user import Member

router = new_router(prefix="/v1/organizations", tag="organizations")


class ShownMember(BaseModel):
    """A person in an organization."""

    user_id: str
    email: str
    name: str
    role: str
    created_at: datetime


class Members(BaseModel):
    """Everybody in an organization."""

    items: list[ShownMember]
    next_cursor: str | None = None


@router.get("/{organization_id}/members", dependencies=[Depends(needs("members:read"))])
async def list_members(organization_id: OrganizationInPath, tx: Transaction) -> Members:
    """Who belongs to an organization."""
    await organizations.get(tx, organization_id=organization_id)
    found = await users.list_members(tx, organization_id=organization_id)
    return Members(items=[_shown_member(member) for member in found])


def _shown_member(member: Member) -> ShownMember:
    """The member as the door shows it."""
    return ShownMember(
        user_id=show("usr", member.user_id),
        email=member.email,
        name=member.name,
        role=member.role,
        created_at=member.created_at,
    )

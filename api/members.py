"""Who belongs to an organization, as what; changing that, and leaving."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from api.paging import Whole
from api.routing import new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, actor_of, needs
from db import audit, members, organizations, users
from db.engine import Tx
from domain.audit import Entry
from domain.errors import Invalid
from domain.ids import read, show
from domain.invite import role_invited
from domain.member import require_may_grant, require_owner_left
from domain.user import Member

router = new_router(prefix="/v1/organizations", tag="organizations")
Manager = Annotated[Principal, Depends(needs("members:write"))]


class ShownMember(BaseModel):
    """A person in an organization."""

    user_id: str
    email: str
    name: str
    role: str
    created_at: datetime
    department_id: str | None


class Members(Whole[ShownMember]):
    """Everybody in an organization."""


class NewRole(BaseModel):
    """What a member shall be."""

    role: str = Field(max_length=32, examples=["viewer"])


@router.get("/{organization_id}/members", dependencies=[Depends(needs("members:read"))])
async def list_members(organization_id: OrganizationInPath, tx: Transaction) -> Members:
    """Who belongs to an organization."""
    await organizations.get(tx, organization_id=organization_id)
    found = await users.list_members(tx, organization_id=organization_id)
    return Members(items=[_shown_member(member) for member in found])


def member_in_path(user_id: str) -> UUID:
    """The person named in the path."""
    return read("usr", user_id)


MemberInPath = Annotated[UUID, Depends(member_in_path)]


@router.patch("/{organization_id}/members/{user_id}")
async def change_role(
    organization_id: OrganizationInPath,
    user_id: MemberInPath,
    body: NewRole,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> ShownMember:
    """Give a member another role; only an owner, or our staff, make and change owners."""
    role = role_invited(body.role, to_staff=False)
    member, owners = await members.lock(tx, organization_id=organization_id, user_id=user_id)
    for named in (member.role, role):
        require_may_grant(principal, named)
    require_owner_left(owners, before=member.role, after=role)
    await members.set_role(tx, organization_id=organization_id, user_id=user_id, role=role)
    await _note(request, tx, principal, "member.change", member, after=role)
    return _shown_member(member).model_copy(update={"role": role})


@router.delete("/{organization_id}/members/{user_id}", status_code=204)
async def remove(
    organization_id: OrganizationInPath,
    user_id: MemberInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Manager,
) -> Response:
    """Take a member out; their sessions in the organization end at once."""
    member, owners = await members.lock(tx, organization_id=organization_id, user_id=user_id)
    require_may_grant(principal, member.role)
    require_owner_left(owners, before=member.role, after=None)
    await members.remove(tx, organization_id=organization_id, user_id=user_id, now=datetime.now(UTC))
    await _note(request, tx, principal, "member.remove", member, after=None)
    return Response(status_code=204)


@router.post("/{organization_id}/members/leave", status_code=204)
async def leave(
    organization_id: OrganizationInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("sessions:own"))],
) -> Response:
    """Leave an organization oneself; the last owner cannot."""
    if principal.kind != "member":
        raise Invalid("You do not belong to this organization as a member")
    member, owners = await members.lock(tx, organization_id=organization_id, user_id=principal.id)
    require_owner_left(owners, before=member.role, after=None)
    await members.remove(tx, organization_id=organization_id, user_id=principal.id, now=datetime.now(UTC))
    await _note(request, tx, principal, "member.leave", member, after=None)
    return Response(status_code=204)


async def _note(
    request: Request, tx: Tx, principal: Principal, action: str, member: Member, *, after: str | None
) -> None:
    """Writes down what happened to a member."""
    facts = {"role": member.role, "email": member.email}
    new = None if after is None else {"role": after}
    entry = Entry(action, "user", show("usr", member.user_id), member.organization_id, facts, new)
    await audit.append(tx, [entry], actor=actor_of(request, principal))


def _shown_member(member: Member) -> ShownMember:
    """The member as the door shows it."""
    return ShownMember(
        user_id=show("usr", member.user_id),
        email=member.email,
        name=member.name,
        role=member.role,
        created_at=member.created_at,
        department_id=show("dep", member.department_id) if member.department_id else None,
    )

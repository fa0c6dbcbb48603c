"""Who works in a project, and who may change it and its people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.principal import Principal

ProjectRole = Literal["administrator", "member", "access_all_assistants"]
ROLE_MEANINGS: dict[ProjectRole, str] = {
    "administrator": "changes this project, its milestones and its people",
    "member": "sees this project and works in it",
    "access_all_assistants": "works in it with every assistant, whichever department that belongs to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectMember:
    """A person of the organization in one of its projects."""

    project_id: UUID
    organization_id: UUID
    user_id: UUID
    role: ProjectRole
    created_at: datetime
    name: str
    email: str


def require_may_change(principal: Principal, role: ProjectRole | None) -> None:
    """Lets through who may change every project of the organization, and a person who administers this one.

    `role` is the principal's own in the project, None when they are not in it.

    Raises:
        OrganizationSuspended: they may, but not while their organization is not active.
        Forbidden: they may not.
    """
    if principal.kind == "member" and role == "administrator":
        principal.require_uninterrupted("projects:write")
    else:
        principal.require("projects:write")


def may_change(principal: Principal, role: ProjectRole | None) -> bool:
    """Whether `require_may_change` lets them through."""
    administers = principal.kind == "member" and role == "administrator" and principal.interruption is None
    return administers or principal.can("projects:write")


def sees_value(principal: Principal) -> bool:
    """Whether the contracted value is theirs to see: owners, admins and staff, not everybody in a project."""
    return principal.ever("projects:write")

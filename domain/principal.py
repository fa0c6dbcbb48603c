"""Whoever is asking: a person of the staff, a member of an organization, or an API key."""

from dataclasses import dataclass
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Forbidden, NotFound, Refusal
from domain.roles import Permission, Role

PrincipalKind = Literal["staff", "member", "key"]
Environment = Literal["live", "test"]


class Unauthenticated(Refusal):
    """Nobody could be recognized: no key, a wrong one, or no session."""

    code: ClassVar[str] = "unauthenticated"


class CsrfRefused(Forbidden):
    """A change was asked by session without the session's own token."""

    code: ClassVar[str] = "csrf"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking and what they may do.

    `organization_id` is None for staff and staff keys; everybody else sees that organization only.
    `project_id` narrows an API key to one project; `environment` is `test` for `bo_test_` keys.
    `session` is the hash of a signed-in person's session.
    """

    kind: PrincipalKind
    id: UUID
    name: str
    organization_id: UUID | None
    permissions: frozenset[Permission]
    role: Role | None = None
    project_id: UUID | None = None
    environment: Environment = "live"
    session: bytes | None = None

    @property
    def is_staff(self) -> bool:
        """True for staff and staff keys, who see every organization."""
        return self.organization_id is None

    def can(self, permission: Permission) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuses who does not hold the permission.

        Raises:
            Forbidden: the permission is missing.
        """
        if permission not in self.permissions:
            raise Forbidden(f"This needs the permission {permission}", permission=permission)

    def may_see(self, organization_id: UUID | None) -> bool:
        """Whether things of that organization exist for this principal; None means a thing of the house."""
        return self.is_staff or organization_id == self.organization_id

    def require_organization(self, organization_id: UUID | None) -> None:
        """Refuses another organization's thing as though it did not exist.

        Raises:
            NotFound: the thing belongs to somebody else.
        """
        if not self.may_see(organization_id):
            raise NotFound("There is no such thing")

    def organization_filter(self, asked: UUID | None) -> UUID | None:
        """The organization a list is limited to: clients always their own, staff what they asked for.

        Raises:
            NotFound: a client asked for another organization.
        """
        if asked is not None:
            self.require_organization(asked)
        return asked if self.is_staff else self.organization_id

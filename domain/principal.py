"""Whoever is asking: a person of the staff, a member of an organization, or an API key."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Forbidden, Invalid, NotFound, Refusal
from domain.permissions import MATRIX
from domain.roles import Permission, Role, while_deleting, while_suspended

PrincipalKind = Literal["staff", "member", "key"]
Environment = Literal["live", "test"]


class Unauthenticated(Refusal):
    """Nobody could be recognized: no key, a wrong one, or no session."""

    code: ClassVar[str] = "unauthenticated"


class CsrfRefused(Forbidden):
    """A change was asked by session without the session's own token."""

    code: ClassVar[str] = "csrf"


class Reauthenticate(Forbidden):
    """The act needs a fresh proof of who is asking."""

    code: ClassVar[str] = "reauthenticate"


class NoOrganization(Forbidden):
    """Somebody is signed in without an organization: nothing but their own account is open to them."""

    code: ClassVar[str] = "no_organization"


class OrganizationSuspended(Forbidden):
    """The organization's service is interrupted: it sees, pays and asks for help, and changes nothing else."""

    code: ClassVar[str] = "organization_suspended"


@dataclass(frozen=True, slots=True)
class Interruption:
    """An organization that is not active: its state, and the reason that its people are told."""

    state: str
    reason: str

    @property
    def remedy(self) -> str:
        """What the organization's people can do about it."""
        if self.state == "suspended":
            return "Settle what is due in the portal, or answer the reason; we lift the suspension then"
        return "Until the grace period ends, an owner can restore it in the portal"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking and what they may do.

    `organization_id` is None for staff and staff keys, and for somebody who belongs to no organization (they see
    none at all); everybody else sees that organization only.
    `organizations` limits a contractor to those they are assigned to; None does not limit.
    `project_id` narrows an API key to one project; `environment` is `test` for `bo_test_` keys.
    `session` is the hash of a signed-in person's session.
    `withheld` is what they may not do only because of their organization's `interruption`.
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
    organizations: frozenset[UUID] | None = None
    withheld: frozenset[Permission] = frozenset()
    interruption: Interruption | None = None

    @property
    def is_staff(self) -> bool:
        """True for staff and staff keys, who see every organization; not for contractors."""
        return self.organization_id is None and self.organizations is None

    @property
    def belongs_nowhere(self) -> bool:
        """True for a person signed in without an organization, who holds nothing but their own account."""
        return self.kind == "member" and self.organization_id is None

    def can(self, permission: Permission) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuses who does not hold the permission.

        Raises:
            OrganizationSuspended: it is missing while their organization is not active.
            NoOrganization: they are signed in without an organization.
            Forbidden: the permission is missing.
        """
        if permission in self.withheld:
            self.require_uninterrupted(permission)
        if permission not in self.permissions:
            self._require_belonging()
            meaning = MATRIX[permission].meaning
            raise Forbidden(f"This needs the permission to {meaning} ({permission})", permission=permission)

    def _require_belonging(self) -> None:
        """Refuses who is signed in without an organization.

        Raises:
            NoOrganization: with what they can do.
        """
        if self.belongs_nowhere:
            raise NoOrganization(
                "You are signed in without an organization, so only your own account is open to you. "
                "Join an organization by the link of an invitation"
            )

    def require_uninterrupted(self, permission: Permission) -> None:
        """Refuses a change by the people and keys of an organization that is not active.

        Raises:
            OrganizationSuspended: with the reason and what to do.
        """
        if self.interruption is None:
            return
        why = f" ({self.interruption.reason})" if self.interruption.reason else ""
        raise OrganizationSuspended(
            f"The organization is {self.interruption.state}{why}. {self.interruption.remedy}.",
            permission=permission,
            organization_state=self.interruption.state,
            reason=self.interruption.reason,
            remedy=self.interruption.remedy,
        )

    def ever(self, permission: Permission) -> bool:
        """Whether the permission is held, or only withheld while the organization is not active."""
        return permission in self.permissions or permission in self.withheld

    def interrupted(self, interruption: Interruption | None) -> "Principal":
        """The same with what is left while the organization is not active; None changes nothing."""
        if interruption is None:
            return self
        kept = self._kept(interruption.state)
        return replace(self, permissions=kept, withheld=self.permissions - kept, interruption=interruption)

    def _kept(self, state: str) -> frozenset[Permission]:
        """What is left of the permissions in that state of the organization."""
        if state == "suspended":
            return while_suspended(self.permissions)
        return while_deleting(self.permissions, key=self.kind == "key")

    def may_see(self, organization_id: UUID | None) -> bool:
        """Whether things of that organization exist for this principal; None means a thing of the house."""
        if self.organizations is not None:
            return organization_id in self.organizations
        return self.is_staff or organization_id == self.organization_id

    def require_organization(self, organization_id: UUID | None) -> None:
        """Refuses another organization's thing as though it did not exist.

        Raises:
            NoOrganization: they are signed in without any organization.
            NotFound: the thing belongs to somebody else.
        """
        self._require_belonging()
        if not self.may_see(organization_id):
            raise NotFound("There is no such thing")

    def require_whole_house(self, remedy: str) -> None:
        """Refuses a question about all organizations together to who may see some of them only.

        Raises:
            Invalid: with the remedy.
        """
        if self.organizations is not None:
            raise Invalid(remedy)

    def organization_filter(self, asked: UUID | None) -> UUID | None:
        """The organization a list is limited to: clients always their own, staff what they asked for.

        A contractor's transaction shows the assigned ones only, so None leaves it at those.

        Raises:
            NotFound: a client asked for another organization.
        """
        if asked is not None:
            self.require_organization(asked)
        return asked if self.organization_id is None else self.organization_id

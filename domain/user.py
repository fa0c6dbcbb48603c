"""People: staff and clients' members, and their sessions."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.principal import Interruption, Principal, Unauthenticated
from domain.roles import OF_A_PERSON, Role, permissions_of_role

UserKind = Literal["staff", "client"]
StaffRole = Literal["admin", "contractor"]
SignInMethod = Literal["password", "passkey", "single_sign_on"]

SESSION_LASTS = timedelta(days=14)
SESSION_IDLE = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person; `staff_role` is set for staff only. The password's hash stays in the database."""

    id: UUID
    email: str
    name: str
    kind: UserKind
    staff_role: StaffRole | None
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What signing in is decided by."""

    user: User
    password_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in an organization; `used_at` is when they last chose it among several."""

    user_id: UUID
    organization_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    department_id: UUID | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; `token_hash` is all that is kept of its cookie.

    `proved_at` is when its person last proved who they are, `method` how they came in.
    """

    token_hash: bytes
    user_id: UUID
    organization_id: UUID | None
    csrf_token: str
    ip: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    proved_at: datetime
    method: SignInMethod = "password"

    @property
    def name(self) -> str:
        """The form in which a session is shown and revoked; it opens nothing."""
        return f"ses_{self.token_hash.hex()[:32]}"

    def lives(self, now: datetime) -> bool:
        """False once it has expired or was idle too long."""
        return now < self.expires_at and now - self.seen_at < SESSION_IDLE

    @property
    def vouched_for_only(self) -> bool:
        """Whether an organization's provider opened it, and its person has not proved themselves in it since."""
        return self.method == "single_sign_on" and self.proved_at <= self.created_at

    def csrf_matches(self, given: str) -> bool:
        """Whether the token is this session's, compared in constant time."""
        return hmac.compare_digest(self.csrf_token.encode(), given.encode())


def new_token() -> str:
    """256 bits of chance in URL-safe characters."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token; a token of 256 bits needs no salt."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """An organization that a person belongs to, and as what; what a switcher offers."""

    organization_id: UUID
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session with its person, their role in its organization (None for staff), and what interrupts that.

    A client's session without an organization speaks for none: it holds the person's own account and no more.
    `assigned` are the organizations of a contractor, `belongings` all those of a client, by name.
    """

    session: Session
    user: User
    role: Role | None
    interruption: Interruption | None = None
    organization_name: str = ""
    assigned: frozenset[UUID] = frozenset()
    belongings: tuple[Belonging, ...] = ()

    def principal(self) -> Principal:
        """Whoever signed in.

        Raises:
            Unauthenticated: a client who no longer belongs to the organization that the session speaks for.
        """
        role: Role | None = self.role
        if self.user.kind == "staff":
            role = "contractor" if self.user.staff_role == "contractor" else "staff"
        if role is None:
            return self._alone()
        held = Principal(
            kind="staff" if self.user.kind == "staff" else "member",
            id=self.user.id,
            name=self.user.email,
            organization_id=None if self.user.kind == "staff" else self.session.organization_id,
            permissions=permissions_of_role(role),
            role=role,
            session=self.session.token_hash,
            organizations=self.assigned if role == "contractor" else None,
        )
        return held.interrupted(self.interruption)

    def _alone(self) -> Principal:
        """A person without an organization, who sees none: `organizations` is empty, so they are not the house.

        Raises:
            Unauthenticated: the session speaks for an organization that they no longer belong to.
        """
        if self.session.organization_id is not None:
            raise Unauthenticated("You no longer belong to this organization; sign in again")
        return Principal(
            kind="member",
            id=self.user.id,
            name=self.user.email,
            organization_id=None,
            permissions=OF_A_PERSON,
            session=self.session.token_hash,
            organizations=frozenset(),
        )

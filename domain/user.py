"""People: staff and clients' members, their sessions, and the rule that stops guessing."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Invalid, Refusal
from domain.principal import Principal, Unauthenticated
from domain.roles import Role, permissions_of_role, while_suspended

UserKind = Literal["staff", "client"]
StaffRole = Literal["admin", "contractor"]

SESSION_LASTS = timedelta(days=14)
SESSION_IDLE = timedelta(hours=12)
FAILURES_ALLOWED = 5
LONGEST_LOCK = timedelta(hours=1)
ADDRESS_FAILURES_ALLOWED = 30
ADDRESS_WINDOW = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200


class TooManyAttempts(Refusal):
    """Signing in failed too often for this account or from this address; wait."""

    code: ClassVar[str] = "too_many_attempts"


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
    failed_sign_ins: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in an organization."""

    user_id: UUID
    organization_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; `token_hash` is all that is kept of its cookie."""

    token_hash: bytes
    user_id: UUID
    organization_id: UUID | None
    csrf_token: str
    ip: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def name(self) -> str:
        """The form in which a session is shown and revoked; it opens nothing."""
        return f"ses_{self.token_hash.hex()[:32]}"

    def lives(self, now: datetime) -> bool:
        """False once it has expired or was idle too long."""
        return now < self.expires_at and now - self.seen_at < SESSION_IDLE

    def csrf_matches(self, given: str) -> bool:
        """Whether the token is this session's, compared in constant time."""
        return hmac.compare_digest(self.csrf_token.encode(), given.encode())


def new_token() -> str:
    """256 bits of chance in URL-safe characters."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token; a token of 256 bits needs no salt."""
    return hashlib.sha256(token.encode()).digest()


def lock_after(failures: int, now: datetime) -> datetime | None:
    """Until when an account is locked after failures in a row: a minute, doubling, at most an hour."""
    if failures < FAILURES_ALLOWED:
        return None
    doublings = min(failures - FAILURES_ALLOWED, 10)
    return now + min(timedelta(minutes=2**doublings), LONGEST_LOCK)


def password_checked(password: str) -> str:
    """A password of acceptable length; longer is better than stranger (NIST SP 800-63B).

    Raises:
        Invalid: too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(f"password: write {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return password


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session with its person, their role in its organization (None for staff), and whether that is suspended."""

    session: Session
    user: User
    role: Role | None
    suspended: bool = False

    def principal(self) -> Principal:
        """Whoever signed in.

        Raises:
            Unauthenticated: a client who belongs to no organization any more.
        """
        role: Role | None = self.role
        if self.user.kind == "staff":
            role = "contractor" if self.user.staff_role == "contractor" else "staff"
        if role is None:
            raise Unauthenticated("You no longer belong to this organization; sign in again")
        held = permissions_of_role(role)
        return Principal(
            kind="staff" if self.user.kind == "staff" else "member",
            id=self.user.id,
            name=self.user.email,
            organization_id=None if self.user.kind == "staff" else self.session.organization_id,
            permissions=while_suspended(held) if self.suspended else held,
            role=role,
            session=self.session.token_hash,
        )

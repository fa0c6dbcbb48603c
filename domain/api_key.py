"""API keys: what they may do, until when, and from where.

A publishable key (`bo_live_pub_…`) stands openly in web pages: it carries one scope, and works only from the
origins it names.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from domain.errors import Forbidden, Invalid, WrongState
from domain.ids import new_id
from domain.key_form import KeyKind, mint
from domain.origin import origins_spelled
from domain.principal import Environment, Interruption, Principal
from domain.project_scopes import ABOUT_PROJECT, require_about_project
from domain.roles import permissions_of_scopes

KeyState = Literal["working", "rotated", "expired", "revoked"]

PUBLISHABLE_SCOPES = ("widget:chat",)
SHOWN_CHARACTERS = 6
LONGEST_OVERLAP = timedelta(days=7)
LONGEST_LIFE = timedelta(days=100 * 365)


class OriginRefused(Forbidden):
    """A publishable key was used without the Origin of a page it is for."""

    code: ClassVar[str] = "origin_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret; without `organization_id` it is a staff key; `prefix` may be shown.

    `public_key` is a publishable key as pages carry it, else empty. `warned_days` is the last warning before
    its end that was sent.
    """

    id: UUID
    organization_id: UUID | None
    project_id: UUID | None
    name: str
    environment: Environment
    prefix: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: UUID | None = None
    last_used_at: datetime | None = None
    kind: KeyKind = "secret"
    origins: tuple[str, ...] = ()
    public_key: str = ""
    created_by_user: UUID | None = None
    last_used_ip: str = ""
    warned_days: int | None = None

    def state(self, now: datetime) -> KeyState:
        """What has become of it; a rotated key works until its overlap ends."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.works(now):
            return "expired"
        return "rotated" if self.replaced_by is not None else "working"

    def require_origin(self, origin: str) -> None:
        """Refuses a publishable key from a page that it does not name, or from no page.

        Raises:
            OriginRefused: with the remedy.
        """
        if self.kind == "publishable" and origin not in self.origins:
            raise OriginRefused("This key works only in web pages of the origins that it names")

    def works(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def seconds_left(self, now: datetime) -> float:
        """How long it still works, if it is not revoked."""
        return math.inf if self.expires_at is None else (self.expires_at - now).total_seconds()

    def renewed_until(self, now: datetime) -> datetime | None:
        """When a successor made now ends: it lives as long as this one was made for."""
        return None if self.expires_at is None else now + (self.expires_at - self.created_at)

    def principal(self, *, interruption: Interruption | None = None) -> Principal:
        """Whoever holds the key; one of a project, or of an organization that is not active, can do less."""
        carried = permissions_of_scopes(self.scopes, staff=self.organization_id is None)
        held = Principal(
            kind="key",
            id=self.id,
            name=self.name,
            organization_id=self.organization_id,
            permissions=carried if self.project_id is None else carried & ABOUT_PROJECT,
            project_id=self.project_id,
            environment=self.environment,
        )
        return held.interrupted(interruption)

    def require_rotatable(self, now: datetime) -> None:
        """Refuses to rotate a key that was replaced, revoked or has expired.

        Raises:
            WrongState: with the remedy.
        """
        if self.replaced_by is not None:
            raise WrongState("The key was rotated already; rotate its successor")
        if not self.works(now):
            raise WrongState("The key no longer works; create a new one")


def issue(
    *,
    organization_id: UUID | None,
    project_id: UUID | None,
    name: str,
    environment: Environment,
    scopes: Sequence[str],
    created_by: str,
    now: datetime,
    expires_at: datetime | None = None,
    secret: str | None = None,
    kind: KeyKind = "secret",
    origins: Sequence[str] = (),
    created_by_user: UUID | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret.

    Raises:
        Invalid: a scope is not for this kind of key or reaches beyond its project, an origin is none, or the end is past
            or too far away.
    """
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid("expires_at: name a time in the future, with its zone")
    if expires_at is not None and expires_at - now > LONGEST_LIFE:
        raise Invalid("expires_at: name a time within a hundred years, or none at all")
    permissions_of_scopes(tuple(scopes), staff=organization_id is None)
    if project_id is not None:
        require_about_project(scopes)
    spelled = _bound(kind, origins, scopes, staff=organization_id is None)
    secret = secret or mint(environment, kind=kind)
    key = ApiKey(
        id=new_id(),
        organization_id=organization_id,
        project_id=project_id,
        name=name,
        environment=environment,
        prefix=secret[: secret.rindex("_") + 1 + SHOWN_CHARACTERS],
        scopes=tuple(sorted(set(scopes))),
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
        kind=kind,
        origins=spelled,
        public_key=secret if kind == "publishable" else "",
        created_by_user=created_by_user,
    )
    return key, secret


def _bound(kind: KeyKind, origins: Sequence[str], scopes: Sequence[str], *, staff: bool) -> tuple[str, ...]:
    """The origins in their one spelling; only publishable keys have some, and these must.

    Raises:
        Invalid: with the remedy.
    """
    if kind == "secret" and not origins:
        return ()
    if kind == "secret":
        raise Invalid("origins: only a publishable key is bound to origins")
    if staff or tuple(scopes) != PUBLISHABLE_SCOPES:
        raise Invalid("scopes: a publishable key belongs to an organization and carries widget:chat alone")
    return origins_spelled(origins)

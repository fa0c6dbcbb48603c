"""API keys: `bo_live_…` and `bo_test_…`, 190 bits of chance and a checksum, stored only as a keyed hash.

The checksum tells a typing mistake from a revoked key, and a leaked key from noise, without a look-up.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.errors import Invalid, WrongState
from domain.ids import new_id
from domain.principal import Environment, Principal, Unauthenticated
from domain.roles import permissions_of_scopes, while_suspended

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6
PREFIX_LENGTH = len("bo_live_") + 6
LONGEST_OVERLAP = timedelta(days=7)
_FORM = re.compile(rf"bo_(live|test)_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret; without `organization_id` it is a staff key; `prefix` may be shown."""

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

    def works(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def principal(self, *, suspended: bool = False) -> Principal:
        """Whoever holds the key; a suspended organization's can do less."""
        permissions = permissions_of_scopes(self.scopes, staff=self.organization_id is None)
        return Principal(
            kind="key",
            id=self.id,
            name=self.name,
            organization_id=self.organization_id,
            permissions=while_suspended(permissions) if suspended else permissions,
            project_id=self.project_id,
            environment=self.environment,
        )

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
) -> tuple[ApiKey, str]:
    """A new key and its secret.

    Raises:
        Invalid: a scope is not for this kind of key, or the end is not in the future.
    """
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid("expires_at: name a time in the future, with its zone")
    permissions_of_scopes(tuple(scopes), staff=organization_id is None)
    secret = secret or mint(environment)
    key = ApiKey(
        id=new_id(),
        organization_id=organization_id,
        project_id=project_id,
        name=name,
        environment=environment,
        prefix=secret[:PREFIX_LENGTH],
        scopes=tuple(sorted(set(scopes))),
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
    )
    return key, secret


def mint(environment: Environment, chance: bytes | None = None) -> str:
    """A fresh secret, or the one that 32 given bytes of chance make; it is shown once and never stored."""
    number = int.from_bytes(chance or secrets.token_bytes(32))
    head = f"bo_{environment}_{_base62(number, SECRET_LENGTH)}"
    return head + checksum(head)


def checksum(head: str) -> str:
    """CRC-32 of everything before it, in six characters of base 62."""
    return _base62(zlib.crc32(head.encode()), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    """The last digits of a number in base 62."""
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def checked(secret: str) -> str:
    """The secret, if it can be one of ours.

    Raises:
        Unauthenticated: another form, or a mistake in copying.
    """
    if not _FORM.fullmatch(secret):
        raise Unauthenticated("This is not an API key; they begin with bo_live_ or bo_test_")
    if not hmac.compare_digest(checksum(secret[:-CHECKSUM_LENGTH]), secret[-CHECKSUM_LENGTH:]):
        raise Unauthenticated("The API key was not copied completely: its checksum does not match")
    return secret


def keyed_hash(secret: str, pepper: str) -> bytes:
    """What is stored: useless to a thief of the database who lacks the pepper."""
    return hmac.digest(pepper.encode(), secret.encode(), hashlib.sha256)

"""Passkeys: what signs a person in with a device instead of a secret that they type."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.errors import Conflict, WrongState

Purpose = Literal["add", "sign_in", "confirm"]
CHALLENGE_LASTS = timedelta(minutes=5)
MOST_PASSKEYS = 20
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One credential of a person.

    `sign_count` is the newest counter the device told, 0 for devices that keep none; `transports` is how browsers
    reach it; `backed_up` says that it is in an account of the device's maker and survives the device.
    """

    id: UUID
    user_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a browser was asked to sign, for whom (None: whoever signs) and on which site."""

    purpose: Purpose
    user_id: UUID | None
    challenge: bytes
    relying_party: str
    origin: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """How else a person can sign in: by a password, by other passkeys, by single sign-on."""

    password: bool
    passkeys: int
    single_sign_on: bool


def require_room(kept: int) -> None:
    """Refuses more passkeys than anybody needs.

    Raises:
        Conflict: there are `MOST_PASSKEYS` already.
    """
    if kept >= MOST_PASSKEYS:
        raise Conflict(f"There are {kept} passkeys already; remove one first")


def require_other_way_in(ways: WaysIn) -> None:
    """Refuses to remove a passkey without which its person could not sign in any more.

    Raises:
        WrongState: it is the only way in.
    """
    if not ways.password and not ways.single_sign_on and ways.passkeys <= 1:
        raise WrongState("This passkey is the only way to sign in; add another one or set a password first")

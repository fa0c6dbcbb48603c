"""Prepaid wallets: credit lots, what of a balance can be spent, and the statement of every movement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.ids import new_id

CreditKind = Literal["purchased", "granted"]

# Granted credits are spent before purchased ones, and within a priority what expires first.
GRANTED_PRIORITY = 40
PURCHASED_PRIORITY = 60


@dataclass(frozen=True, slots=True)
class Wallet:
    """What an organization has paid or been given ahead; amounts in nanos.

    `expired_nanos` is what of the balance has expired and is not written off yet.
    Usage never draws the balance below held + floor: what is beyond goes to the receivable and is invoiced.
    """

    organization_id: UUID
    currency: str
    balance_nanos: int
    held_nanos: int
    floor_nanos: int
    invoiced_until: datetime | None
    expired_nanos: int = 0

    @property
    def available_nanos(self) -> int:
        """What usage may still draw, never below zero."""
        return max(0, self.balance_nanos - self.expired_nanos - self.held_nanos - self.floor_nanos)


@dataclass(frozen=True, slots=True)
class CreditLot:
    """Credits that came in together; spent by priority, then expiry, then age. A lot is made once per `key`."""

    id: UUID
    organization_id: UUID
    kind: CreditKind
    reason: str
    priority: int
    amount_nanos: int
    remaining_nanos: int
    expires_at: datetime | None
    key: str
    created_at: datetime


def paid_credits(
    *, organization_id: UUID, amount_nanos: int, reason: str, key: str, now: datetime
) -> CreditLot:
    """Credits that a client has paid for: they do not expire and are spent after granted ones."""
    return CreditLot(
        id=new_id(),
        organization_id=organization_id,
        kind="purchased",
        reason=reason,
        priority=PURCHASED_PRIORITY,
        amount_nanos=amount_nanos,
        remaining_nanos=amount_nanos,
        expires_at=None,
        key=key,
        created_at=now,
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the statement: `amount_nanos` above zero came in, below zero went out; the balance after it."""

    posting_id: UUID
    entry_id: UUID
    posted_at: datetime
    cause: str
    subject_id: str
    kind: CreditKind
    amount_nanos: int
    balance_nanos: int

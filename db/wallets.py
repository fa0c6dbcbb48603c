"""Wallets and their credit lots: locked before money moves, filled by `credit`, drawn by `charge_wallets`."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Row,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    insert,
    select,
    text,
    update,
)

from db import postings
from db.engine import Tx
from db.schema import Instant, metadata
from domain.errors import Invalid, NotFound
from domain.posting import Account, Posting
from domain.wallet import CreditLot, Wallet

wallets = Table(
    "wallets",
    metadata,
    Column("organization_id", Uuid, ForeignKey("organizations.id"), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("balance_nanos", BigInteger, nullable=False, server_default=text("0")),
    Column("held_nanos", BigInteger, nullable=False, server_default=text("0")),
    Column("floor_nanos", BigInteger, nullable=False, server_default=text("0")),
    Column("invoiced_until", Instant),
)

credit_lots = Table(
    "credit_lots",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid, ForeignKey("wallets.organization_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False, server_default=text("50")),
    Column("amount_nanos", BigInteger, nullable=False),
    Column("remaining_nanos", BigInteger, nullable=False),
    Column("expires_at", Instant),
    Column("key", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

LARGEST_BALANCE = 9 * 10**18
_EXPIRED = (
    select(func.coalesce(func.sum(credit_lots.c.remaining_nanos), 0).cast(BigInteger))
    .where(credit_lots.c.organization_id == wallets.c.organization_id)
    .where(credit_lots.c.remaining_nanos > 0, credit_lots.c.expires_at <= func.now())
    .scalar_subquery()
    .label("expired_nanos")
)


async def get(tx: Tx, *, organization_id: UUID) -> Wallet:
    """The wallet.

    Raises:
        NotFound: there is no such organization, or it is not visible here.
    """
    query = select(wallets, _EXPIRED).where(wallets.c.organization_id == organization_id)
    return _wallet((await tx.execute(query)).first())


async def lock(tx: Tx, *, organization_id: UUID) -> Wallet:
    """The wallet, held until the transaction ends: nothing of the organization's money moves meanwhile.

    Raises:
        NotFound: there is no such organization.
    """
    query = select(wallets, _EXPIRED).where(wallets.c.organization_id == organization_id)
    query = query.with_for_update(of=wallets)
    return _wallet((await tx.execute(query)).first())


def _wallet(row: Row[Any] | None) -> Wallet:
    if row is None:
        raise NotFound("There is no such organization")
    return Wallet(**row._asdict())


async def credit(tx: Tx, lot: CreditLot, *, source: Account, cause: str, subject_id: str = "") -> CreditLot:
    """Adds a lot to its wallet and posts it from `source` (cash or promotion); once per `lot.key`.

    A repeat returns the lot that was made the first time.

    Raises:
        NotFound: there is no such organization.
        Invalid: the balance would not fit.
    """
    wallet = await lock(tx, organization_id=lot.organization_id)
    known = (await tx.execute(select(credit_lots).where(credit_lots.c.key == lot.key))).first()
    if known is not None:
        return CreditLot(**known._asdict())
    if wallet.balance_nanos + lot.amount_nanos > LARGEST_BALANCE:
        raise Invalid("amount: the wallet would hold more than it can, 9000000000")
    await tx.execute(insert(credit_lots).values(asdict(lot)))
    await _move(tx, lot.organization_id, lot.amount_nanos)
    entry = Posting(
        organization_id=lot.organization_id,
        debit=source,
        credit="wallet:granted" if lot.kind == "granted" else "wallet:purchased",
        amount_nanos=lot.amount_nanos,
        currency=wallet.currency,
        cause=cause,
        key=f"{cause}:{lot.key}",
        posted_at=lot.created_at,
        subject_id=subject_id,
        lot_id=lot.id,
    )
    await postings.insert(tx, [entry])
    return lot


async def _move(tx: Tx, organization_id: UUID, amount_nanos: int) -> None:
    changed = update(wallets).where(wallets.c.organization_id == organization_id)
    await tx.execute(changed.values(balance_nanos=wallets.c.balance_nanos + amount_nanos))


async def set_floor(tx: Tx, *, organization_id: UUID, floor_nanos: int) -> Wallet:
    """The wallet with another floor; usage draws no further than down to it.

    Raises:
        NotFound: there is no such organization.
    """
    query = (
        update(wallets).where(wallets.c.organization_id == organization_id).values(floor_nanos=floor_nanos)
    )
    return _wallet((await tx.execute(query.returning(wallets, _EXPIRED))).first())


async def expire_lots(tx: Tx, *, now: datetime, limit: int = 500) -> int:
    """Writes off what is left of lots that have expired (to `breakage`); returns how many. Once per lot."""
    expired = select(credit_lots.c.id, credit_lots.c.organization_id)
    due = expired.where(credit_lots.c.remaining_nanos > 0, credit_lots.c.expires_at <= now)
    found = (await tx.execute(due.order_by(credit_lots.c.organization_id).limit(limit))).all()
    for row in found:
        wallet = await lock(tx, organization_id=row.organization_id)
        locked = (await tx.execute(select(credit_lots).where(credit_lots.c.id == row.id))).one()
        lot = CreditLot(**locked._asdict())
        if lot.remaining_nanos:
            await _expire(tx, wallet, lot, now)
    return len(found)


async def _expire(tx: Tx, wallet: Wallet, lot: CreditLot, now: datetime) -> None:
    entry = Posting(
        organization_id=lot.organization_id,
        debit="wallet:granted" if lot.kind == "granted" else "wallet:purchased",
        credit="breakage",
        amount_nanos=lot.remaining_nanos,
        currency=wallet.currency,
        cause="expiry",
        key=f"expiry:{lot.id}",
        posted_at=now,
        lot_id=lot.id,
    )
    await postings.insert(tx, [entry])
    await tx.execute(update(credit_lots).where(credit_lots.c.id == lot.id).values(remaining_nanos=0))
    await _move(tx, lot.organization_id, -lot.remaining_nanos)


async def list_lots(tx: Tx, *, organization_id: UUID, open_only: bool) -> list[CreditLot]:
    """The organization's credit lots in the order in which they are spent."""
    query = select(credit_lots).where(credit_lots.c.organization_id == organization_id)
    if open_only:
        query = query.where(credit_lots.c.remaining_nanos > 0)
    order = (credit_lots.c.priority, credit_lots.c.expires_at.nulls_last(), credit_lots.c.id)
    return [CreditLot(**row._asdict()) for row in await tx.execute(query.order_by(*order))]
